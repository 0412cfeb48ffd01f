/// The rules for finding components in folders.
///
/// Source: Metadata API Developer Guide, "Folder" and "listMetadata()".
enum MetadataFolders {
    /// A pseudo-folder of public reports and templates. Folder listings do not include it, and it is not a member
    /// itself.
    static let unfiled = "unfiled$public"

    /// Returns the types that list the folders of a content type. Email templates have classic and Lightning folders.
    static func folderTypes(of contentType: String) -> [String] {
        switch contentType {
        case "EmailTemplate": ["EmailFolder", "EmailTemplateFolder"]
        default: [contentType + "Folder"]
        }
    }

    static func hasUnfiled(_ contentType: String) -> Bool { contentType == "Report" || contentType == "EmailTemplate" }
}
