/// One step of a guide. Guides keep, leave out and join steps by their kind; the sentence is only shown.
struct GuideStep: Sendable, Equatable {
    /// What a guide may leave out, because it is done at another moment.
    enum Act: Sendable {
        case startRotation, downloadNext, confirmUpload
        case block, unblock
        /// Waits for the change to reach the servers of the org.
        case followChange
    }

    enum Kind: Sendable, Equatable {
        /// In Salesforce.
        case click
        /// In aprity, by a command or on the Settings page; `nil` if no guide leaves it out.
        case command(Act?)
        /// Until Salesforce has what was changed.
        case wait(Act?)
        /// Looking or knowing, which changes nothing.
        case check
    }

    let kind: Kind
    /// A sentence, for the guide's reader.
    let text: String

    /// What a guide may leave out of this step.
    var act: Act? {
        switch kind {
        case .click, .check: nil
        case .command(let act), .wait(let act): act
        }
    }

    static func click(_ text: String) -> GuideStep { GuideStep(kind: .click, text: text) }
    static func command(_ text: String, _ act: Act? = nil) -> GuideStep { GuideStep(kind: .command(act), text: text) }
    static func wait(_ text: String, _ act: Act? = nil) -> GuideStep { GuideStep(kind: .wait(act), text: text) }
    static func check(_ text: String) -> GuideStep { GuideStep(kind: .check, text: text) }
}
