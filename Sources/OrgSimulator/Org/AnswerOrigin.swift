/// The part of Salesforce that an answer comes from. Each part sends its own headers.
///
/// Sources: recordings of the token host in openstax/accounts `spec/cassettes/**/sf_setup.yml` (2024), and of REST
/// behind Salesforce Edge in the same repository's `…/cannot_be_set_if_the_ID_is_malformed.yml` (2024) and in
/// heroku/sf-functions-python `tests/wiremock/mappings` (2021 and 2022).
enum AnswerOrigin: Equatable, Sendable {
    /// The OAuth endpoints and the identity URL. Only the token endpoint is recorded; the others are assumed to be the
    /// same.
    case identity
    /// Everything below `/services/data`.
    case rest
    /// Everything below `/services/Soap`.
    case soap
    /// Web pages, signing keys, discovery documents and unknown addresses.
    case other

    /// - Parameter segments: The segments of the request's path.
    init(_ segments: [String]) {
        switch (segments.first, segments.dropFirst().first) {
        case ("services", "data"): self = .rest
        case ("services", "Soap"): self = .soap
        case ("services", "oauth2"):
            self = segments.count == 3 && Self.identityEndpoints.contains(segments[2]) ? .identity : .other
        case ("id", _): self = segments.count == 3 ? .identity : .other
        default: self = .other
        }
    }

    private static let identityEndpoints: Set = ["token", "revoke", "introspect", "userinfo"]

    /// Whether the body is sent in chunks, and compressed if the client accepts gzip.
    var isChunked: Bool {
        switch self {
        case .identity, .rest: true
        case .soap, .other: false
        }
    }

    /// Returns the headers of every answer with this status, without cookies and request ids.
    func headers(status: Int) -> [(name: String, value: String)] {
        switch self {
        case .identity:
            Self.common + [
                ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("X-ReadOnlyMode", "false"), ("Vary", "Accept-Encoding"),
            ]
        case .rest:
            Self.common + [("X-Robots-Tag", "none"), ("Server", "sfdcedge")]
                + ([400, 404].contains(status) ? [] : [("Vary", "Accept-Encoding")])
                + (status == 200 ? [("X-Sfdc-Edge-Cache", "MISS")] : [])
        // Only the names are recorded; the values are assumed to be those of the other origins.
        case .soap: [("Vary", "Accept-Encoding"), Self.noCaching]
        case .other: []
        }
    }

    private static let noCaching = (
        name: "Cache-Control", value: "no-cache,must-revalidate,max-age=0,no-store,private"
    )
    private static let common = [
        (name: "Strict-Transport-Security", value: "max-age=63072000; includeSubDomains"),
        (name: "X-Content-Type-Options", value: "nosniff"),
        noCaching,
    ]

    /// The value of both consent cookies; `nil` if this origin does not set them.
    var cookieConsent: String? {
        switch self {
        case .identity: "0:0"
        case .rest: "0:1"
        case .soap, .other: nil
        }
    }
}
