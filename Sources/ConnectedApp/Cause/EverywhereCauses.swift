/// The entries of the chapter "Everywhere".
enum EverywhereCauses {
    static let clockSkew = Cause.Entry(
        .everywhere, "This machine's clock and the org's clock differ by more than two minutes.",
        "Correct the clock (for instance with chrony), then run `aprity test`.", .refused,
        seen:
            "Salesforce allows an assertion to be valid for at most 3 minutes, and aprity's are valid for 150 seconds. If the "
            + "clocks differ by more, an org that receives an assertion regards it as expired, or as valid for too long.",
        against:
            "aprity compares the Date header of the org's answer with this machine's clock; the org's words play no part."
    )

    static let assertionFaulty = Cause.Entry(
        .everywhere, "The assertion has a fault that makes an org refuse it.", "Correct what the findings name.",
        .refused,
        seen: "Each finding names the part at fault and the correct value.",
        command: .inspectAssertion)

    static let internalError = Cause.Entry(
        .everywhere, "aprity has a bug: it met a situation that it does not handle.",
        "Please report it, with the command and this output.", .bug,
        seen: "Neither your input nor the org is the reason.")
}
