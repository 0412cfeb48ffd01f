/// Lines of the *Setup Audit Trail* about metadata that somebody has removed.
///
/// Names and texts are those of two public lists of actions, which agree. They are not confirmed on a real org. Other types add no
/// line, because no list has an action for them whose text contains the component's API name.
enum ComponentRemoval {
    static func actions(from old: MetadataRepository, to new: MetadataRepository) -> [SetupAction] {
        texts.flatMap { removed in
            let remaining = Set(new.components(ofType: removed.type).map(\.fullName))
            return old.components(ofType: removed.type).filter { !remaining.contains($0.fullName) }
                .map { SetupAction(name: removed.action, section: removed.section, display: removed.display($0)) }
        }
    }

    private struct Removed: Sendable {
        let type: String
        let action: String
        let section: String
        let display: @Sendable (MetadataComponent) -> String
    }

    /// The object of a trigger, from the first line of its code: `trigger NAME on OBJECT (…)`.
    private static func object(of trigger: MetadataComponent) -> String {
        let code = trigger.files.first { !$0.isCompanion }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        return code.firstMatch(of: #/\bon\s+(\w+)/#).map { String($0.output.1) } ?? ""
    }

    private static let texts = [
        Removed(type: "ApexClass", action: "deletedApexClass", section: "Apex Class") {
            "Deleted \($0.fullName) Apex Class code"
        },
        Removed(type: "ApexComponent", action: "deletedApexComponent", section: "Component") {
            "Deleted Component \($0.fullName)"
        },
        Removed(type: "ApexPage", action: "deletedApexPage", section: "Page") { "Deleted Page \($0.fullName)" },
        Removed(type: "ApexTrigger", action: "deletedApexTrigger", section: "Apex Trigger") {
            "Deleted \(object(of: $0)) Trigger code: \($0.fullName)"
        },
        Removed(type: "Flow", action: "deletedinteractiondefinition", section: "Flows") {
            "Deleted flow with Name \"\($0.fullName)\" and Unique Name \"\($0.fullName)\""
        },
    ]
}
