/// The mild mixture of the switch `adverse`: what a client meets on an ordinary bad day, so that it shows early which
/// ones it cannot bear.
///
/// About 5 % of token requests are refused for the moment, one request in a hundred loses its connection, some are late.
/// One app server is stale besides: see `Switches.momentsInForce`.
enum AdverseMixture {
    static let faults: [Fault] = [
        latency(milliseconds: 40, probability: 0.2), latency(milliseconds: 200, probability: 0.05),
        unavailable, retryYourRequest, Fault(.drop, prefix: "/services/", probability: 0.01),
    ]

    /// How many times the longest ordinary delay the stale server needs.
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
        fault.row = 19
        return fault
    }
}
