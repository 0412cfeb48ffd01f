/// One step of a guide: a click in Salesforce, or what is done in aprity before, between and after the clicks.
struct GuideStep: Sendable, Equatable {
    /// What is done in aprity. Other guides leave some of these out, because they do it at another moment.
    enum Act: Sendable {
        case startRotation, downloadNext, confirmUpload
        case block, unblock
        /// Waits for the change to reach the servers of the org.
        case followChange
    }

    /// `nil`: a click in Salesforce.
    let act: Act?
    /// A sentence, for the guide's reader.
    let text: String

    init(_ text: String, act: Act? = nil) {
        self.act = act
        self.text = text
    }
}
