/// How the components that lie in folders are found.
///
/// Source: Metadata API Developer Guide, "Folder" and "listMetadata()".
enum MetadataFolders {
    /// A pseudo-folder of public reports and templates. No listing of folders has it, and it is no member itself.
    static let unfiled = "unfiled$public"

    /// The types that list the folders of a content type. Email templates have two sorts of folders, classic and
    /// Lightning.
    static func folderTypes(of contentType: String) -> [String] {
        switch contentType {
        case "EmailTemplate": ["EmailFolder", "EmailTemplateFolder"]
        default: [contentType + "Folder"]
        }
    }

    static func hasUnfiled(_ contentType: String) -> Bool { contentType == "Report" || contentType == "EmailTemplate" }
}
