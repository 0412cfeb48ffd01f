/// One step of a guide. aprity selects steps by their kind and act, never by their text. The tests read the text, as a
/// person does, and carry out the steps in the embedded org (`ClickReader`).
struct GuideStep: Sendable, Equatable {
    /// What a step does in aprity. Some lists leave out a step whose act is done at another time; see
    /// ``SetupGuide/steps(without:)``.
    enum Act: Sendable {
        case startRotation, downloadNext, confirmUpload
        case block, unblock
        /// Waits for the change to reach the servers of the org.
        case followChange
    }

    enum Kind: Sendable, Equatable {
        /// A step in Salesforce.
        case click
        /// A step outside of Salesforce: a command, or a step on the Settings page. The act is `nil` if no list leaves the
        /// step out.
        case command(Act?)
        /// The reader waits until all of Salesforce's servers have the change. The act is as for ``command(_:)``.
        case wait(Act?)
        /// The reader checks something in Salesforce and changes nothing.
        case check
        /// The reader learns something that bears on the other steps.
        case note
    }

    let kind: Kind
    /// The text for the reader: one or more sentences that begin with what to do.
    let text: String

    /// The act by which a list may leave this step out; `nil` if none.
    var act: Act? {
        switch kind {
        case .click, .check, .note: nil
        case .command(let act), .wait(let act): act
        }
    }

    /// Whether the reader does or checks something in Salesforce.
    var isInSalesforce: Bool {
        switch kind {
        case .click, .check: true
        case .command, .wait, .note: false
        }
    }

    static func click(_ text: String) -> GuideStep { GuideStep(kind: .click, text: text) }
    static func command(_ text: String, _ act: Act? = nil) -> GuideStep { GuideStep(kind: .command(act), text: text) }
    static func wait(_ text: String, _ act: Act? = nil) -> GuideStep { GuideStep(kind: .wait(act), text: text) }
    static func check(_ text: String) -> GuideStep { GuideStep(kind: .check, text: text) }
    static func note(_ text: String) -> GuideStep { GuideStep(kind: .note, text: text) }
}
