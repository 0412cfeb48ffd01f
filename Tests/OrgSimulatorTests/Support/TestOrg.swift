import Foundation

@testable import OrgSimulator

/// A token request with everything that affects the decision. It is valid until a test changes something.
struct TokenCase: Sendable {
    static let consumerKey = "3MVG9HarbourBikesConsumerKeyForTheTests"
    static let username = "integration@harbour-bikes.example"
    static let myDomain = "https://harbour-bikes.my.salesforce.com"

    var state: SimulatorState
    var host = "harbour-bikes.my.salesforce.com"
    var grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    var header = #"{"alg":"RS256"}"#
    var issuer = consumerKey
    /// The name and the value of the claim that names the user.
    var subject = ("sub", username)
    /// The JSON text of `aud`; `nil` omits it.
    var audience: String? = "\"\(myDomain)\""
    /// The JSON text of `exp`; `nil` omits it.
    var expiry: String? = "1790000150"
    /// The JSON text of `nbf`; `nil` omits it.
    var notBefore: String?
    /// Whether header and claims begin with a byte order mark.
    var hasByteOrderMark = false
    /// Whether the parameters are in the query of the URL.
    var isInQuery = false
    /// The fixture of the key that signs, without its extension.
    var key = "first"
    var sourceAddress = "192.0.2.7"
    /// A change that is made to the signed assertion.
    var spoil: @Sendable (String) -> String = { $0 }

    init() throws {
        state = .harbourBikes
        state.orgs[0].apps = [try .approved()]
    }

    var claims: String {
        var members = ["\"iss\":\"\(issuer)\"", "\"\(subject.0)\":\"\(subject.1)\""]
        if let audience { members.append("\"aud\":\(audience)") }
        if let expiry { members.append("\"exp\":\(expiry)") }
        if let notBefore { members.append("\"nbf\":\(notBefore)") }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// Returns the assertion, signed by openssl and then changed by ``spoil``.
    func assertion() async throws -> String {
        let mark = hasByteOrderMark ? "\u{FEFF}" : ""
        return spoil(try await OpenSSLSigner.assertion(header: mark + header, claims: mark + claims, key: key))
    }
}

extension App {
    /// An external client app with the first test certificate, ready for the integration user.
    static func approved() throws -> App {
        var app = App(name: "Aprity")
        app.consumerKey = TokenCase.consumerKey
        app.certificatePEM = try TestFiles.text("first.crt")
        app.scopes = ["Api", "RefreshToken"]
        app.permittedUsers = .adminApprovedPreAuthorized
        app.permissionSets = ["Aprity_Integration"]
        return app
    }
}

/// A simulation that a test calls without HTTP, with a wall clock of its own.
struct TestOrg: Sendable {
    let wall = TestWall()
    let simulation: OrgSimulation

    init(_ state: SimulatorState) throws {
        let wall = wall
        simulation = try OrgSimulation(seed: state, wall: { wall.now })
    }

    /// - Parameter form: The fields of the body; `nil` for an empty body without a media type.
    func send(
        _ method: String = "GET", _ target: String, host: String = "harbour-bikes.my.salesforce.com",
        token: String? = nil, form: [(String, String)]? = nil, from address: String = "192.0.2.7",
        pretty: Bool = false
    ) async -> OrgAnswer {
        var request = OrgRequest(method: method, target: target, host: host, body: [], sourceAddress: address)
        request.wantsPrettyJSON = pretty
        request.authorization = token.map { "Bearer \($0)" }
        if let form {
            request.contentType = "application/x-www-form-urlencoded"
            request.body = Array(form.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&").utf8)
        }
        return await simulation.answer(request).answer
    }

    /// Sends a token request with an assertion. Only the request's own parts of `token` are used, not its claims and
    /// state.
    func signIn(_ token: TokenCase, assertion: String) async -> OrgAnswer {
        let form = [("grant_type", token.grantType), ("assertion", assertion)]
        let query = token.isInQuery ? "?" + form.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&") : ""
        return await send(
            "POST", "/services/oauth2/token" + query, host: token.host, form: token.isInQuery ? [] : form,
            from: token.sourceAddress)
    }

    /// Saves a change as an admin does. The patch is JSON text.
    func save(_ patch: String) async throws {
        try await simulation.save(try JSONValue(parsing: Array(patch.utf8)))
    }

    static func queryPath(_ query: String, at endpoint: QueryEndpoint = .data) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "().,:-")
        let escaped = query.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        return "/services/data/v67.0/\(endpoint.rawValue)?q=" + escaped.replacing("%20", with: "+")
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}

extension OrgAnswer {
    var members: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    /// The error of an OAuth endpoint, as `error / error_description`.
    var refusal: String { "\(members["error"]?.string ?? "-") / \(members["error_description"]?.string ?? "-")" }
    var accessToken: String { members["access_token"]?.string ?? "" }

    /// The values of a header, in their order.
    func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}
