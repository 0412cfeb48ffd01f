/// Lines of the *Setup Audit Trail* about metadata that somebody has removed.
///
/// Names and texts are those of two public lists of actions, which agree. They are not confirmed on a real org. Other types add no
/// line, because no list has an action for them whose text contains the component's API name.
enum ComponentRemoval {
    static func actions(from old: MetadataRepository, to new: MetadataRepository) -> [SetupAction] {
        texts.flatMap { removed in
            let remaining = Set(new.components(ofType: removed.type).map(\.fullName))
            return old.components(ofType: removed.type).map(\.fullName).filter { !remaining.contains($0) }
                .map { SetupAction(name: removed.action, section: removed.section, display: removed.display($0)) }
        }
    }

    private struct Removed: Sendable {
        let type: String
        let action: String
        let section: String
        let display: @Sendable (String) -> String
    }

    private static let texts = [
        Removed(type: "ApexClass", action: "deletedApexClass", section: "Apex Class") {
            "Deleted \($0) Apex Class code"
        },
        Removed(type: "ApexComponent", action: "deletedApexComponent", section: "Component") {
            "Deleted Component \($0)"
        },
        Removed(type: "ApexPage", action: "deletedApexPage", section: "Page") { "Deleted Page \($0)" },
        Removed(type: "Flow", action: "deletedinteractiondefinition", section: "Flows") {
            "Deleted flow with Name \"\($0)\" and Unique Name \"\($0)\""
        },
    ]
}
