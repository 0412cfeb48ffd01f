/// Why the gateway does not forward a request. Nothing of it has reached the org.
package struct Refusal: Error, Equatable, Sendable {
    /// The raw value is the `errorCode` of a REST answer and the fault code of a SOAP answer, and must not change.
    package enum Code: String, Sendable, CaseIterable {
        /// The request could change something in the org, or is none that the gateway knows to be harmless.
        case readOnly = "APRITY_READ_ONLY"
        /// The request only reads, but not what a client may read.
        case notAllowed = "APRITY_NOT_ALLOWED"
        /// The app is blocked, or the handle was revoked or has expired.
        case blocked = "APRITY_BLOCKED"
        /// The handle's calls are used up.
        case budget = "APRITY_BUDGET"
    }

    package let code: Code
    /// A sentence that names what was refused. Texts of the request are in it only if they have the form of a name.
    package let message: String

    /// In seconds: when the same call may succeed; `nil` if that is not known.
    package let retryAfter: Int?

    package init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
        (self.code, self.message, self.retryAfter) = (code, message, retryAfter)
    }

    /// A name from a request, for ``message``; `nil` if it has another form than a name of Salesforce.
    static func shown(_ name: String) -> String {
        let isName = name.utf8.count <= 80 && name.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_.]*/#) != nil
        return isName ? name : "(a text that is no name)"
    }
}
