/// The faults of the switch `adverse`: mild ones that a client meets on an ordinary bad day, so that tests show early
/// which of them it does not handle.
///
/// About 5 % of token requests fail temporarily, one request below `/services/` in a hundred loses its connection, and
/// about a quarter of all answers are late. One app server is also stale; see
/// ``Switches/effectiveTimes(creation:at:using:)``.
enum AdverseMixture {
    static let faults: [Fault] = [
        latency(milliseconds: 40, probability: 0.2), latency(milliseconds: 200, probability: 0.05),
        unavailable, retryYourRequest, Fault(.drop, prefix: "/services/", probability: 0.01),
    ]

    /// How late the stale server gets a change, as a multiple of the longest ordinary delay.
    static let staleness = 3.0

    private static let tokenEndpoint = "/services/oauth2/token"

    private static func latency(milliseconds: Int, probability: Double) -> Fault {
        var fault = Fault(.latency, prefix: "/", probability: probability)
        fault.milliseconds = milliseconds
        return fault
    }

    private static var unavailable: Fault {
        var fault = Fault(.answer, prefix: tokenEndpoint, probability: 0.025)
        fault.headers = ["Retry-After": "1"]
        fault.body = "<!DOCTYPE html>\n<title>Down</title>\n<p>This simulated org is down for the moment.</p>\n"
        return fault
    }

    private static var retryYourRequest: Fault {
        var fault = Fault(.refusal, prefix: tokenEndpoint, probability: 0.025)
        // KnownTokenRefusal 19: "retry your request".
        fault.row = 19
        return fault
    }
}
