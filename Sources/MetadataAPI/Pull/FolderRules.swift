/// The rules for finding components in folders.
///
/// Source: Metadata API Developer Guide, "Folder" and "listMetadata()".
enum FolderRules {
    /// The name of the pseudo-folder for public reports and templates that are in no folder. Folder listings do not
    /// include it, and a manifest must not name it as a member.
    static let unfiled = "unfiled$public"

    /// Returns the types that list the folders of a content type. Email templates have classic and Lightning folders.
    static func folderTypes(of contentType: String) -> [String] {
        switch contentType {
        case "EmailTemplate": ["EmailFolder", "EmailTemplateFolder"]
        default: [contentType + "Folder"]
        }
    }

    /// Whether components of this type can be in the pseudo-folder ``unfiled``.
    static func hasUnfiled(_ contentType: String) -> Bool { contentType == "Report" || contentType == "EmailTemplate" }
}
