/// The table's entries of the chapter "Everywhere".
enum EverywhereCauses {
    static let clockSkew = Cause.Entry(
        .everywhere, "This machine's clock and the org's disagree by more than two minutes.",
        "Correct the clock (for instance with chrony), then run `aprity test`.", .refused,
        seen: "Salesforce's own rules allow an assertion of 3 minutes; aprity's lives 150 seconds.",
        against: "The answer's Date header and this machine's clock disagree; nothing is concluded from words.")

    static let assertionFaulty = Cause.Entry(
        .everywhere, "The assertion has a fault that an org refuses it for.", "Mend what the findings name.", .refused,
        seen: "The findings name the part, and what to write instead.",
        command: .inspectAssertion)

    static let internalError = Cause.Entry(
        .everywhere, "aprity met a situation that it was not written for.",
        "Please report it, with the command and this output.", .bug,
        seen: "A bug.")
}
