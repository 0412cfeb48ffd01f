internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Testing

/// An admin in Setup without a browser, who opens a page, fills in its form and submits it.
struct SetupForms: Sendable {
    enum Kind: String, Sendable {
        case externalClientApp = "external-client-app"
        case connectedApp = "connected-app"
    }

    /// An app that was created here.
    struct App: Sendable {
        let id: String
        let label: String
        let consumerKey: String
    }

    struct Refused: Error {
        let path: String
        let status: UInt
        let sentence: String
    }

    let org: ManagedOrg
    let kind: Kind

    private var settings: String {
        "/lightning/setup/\(isConnected ? "NavigationMenus" : "ManageExternalClientApplication")"
    }
    private var policies: String {
        "/lightning/setup/\(isConnected ? "ConnectedApplication" : "ManageExternalClientApplication")"
    }
    private var isConnected: Bool { kind == .connectedApp }

    /// Creates an app as in the guides, pre-authorizes the integration user, and reads the Consumer Key.
    func makeApp(_ label: String, certificate: String) async throws -> App {
        let made = try await send(settings + "/new", Self.fields(label), certificate: certificate)
        let id = try #require(made.path.split(separator: "/").dropFirst(3).first.map(String.init))
        let policy = [
            ("permittedUsers", "adminApprovedPreAuthorized"), ("ipRelaxation", "ENFORCE"), ("timeout", ""),
            ("confirmed", "1"), ("enabled", "1"),
        ]
        let set = [("permissionSets", "Aprity_Integration")]
        try await send("\(policies)/\(id)/edit-policies", policy + (isConnected ? [] : set))
        if isConnected { try await send("\(policies)/\(id)/permission-sets", set) }
        return App(id: id, label: label, consumerKey: try await consumerKey(id))
    }

    /// Replaces the certificate of an app.
    func replaceCertificate(of app: App, by certificate: String) async throws {
        try await send(
            "\(settings)/\(app.id)/" + (isConnected ? "edit" : "edit-settings"), Self.fields(app.label),
            certificate: certificate)
    }

    func delete(_ app: App) async throws {
        try await send("\(settings)/\(app.id)/delete", from: isConnected ? "view" : "settings")
    }

    private static func fields(_ label: String) -> [(String, String)] {
        [
            ("label", label), ("contactEmail", "team@harbour-bikes.example"), ("enablesOAuth", "1"),
            ("callbackURL", "https://login.salesforce.com/services/oauth2/callback"), ("usesCertificate", "1"),
            ("scopes", "Api"), ("scopes", "RefreshToken"),
        ]
    }

    /// Returns the Consumer Key. Its verification code comes by mail.
    private func consumerKey(_ id: String) async throws -> String {
        try await send("\(settings)/\(id)/consumer", from: isConnected ? "view" : "settings")
        let mails = try JSONSerialization.jsonObject(with: Data(try await get(org.management + "/mail").utf8))
        let code = ((mails as? [String: Any])?["mails"] as? [[String: Any]])?.last?["code"] as? String
        let page = try await send("\(settings)/\(id)/verify", [("code", try #require(code))]).text
        return String(try #require(page.firstMatch(of: #/id="consumer-key">([^<]+)</#)).1)
    }

    // MARK: HTTP

    /// - Parameter page: The page with the form; `nil` if it is at the path that the form is sent to.
    @discardableResult
    private func send(
        _ path: String, _ fields: [(String, String)] = [], certificate: String? = nil, from page: String? = nil
    ) async throws -> (path: String, text: String) {
        let place = page.map { path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + $0 } ?? path
        let form = try await get(org.url + place)
        let token = try #require(form.firstMatch(of: #/name="_token" value="([^"]+)"/#)).1
        var body = ([("_token", String(token))] + fields).map { name, value in
            "--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        if let certificate {
            let pem = try String(contentsOfFile: certificate, encoding: .utf8)
            let head = "Content-Disposition: form-data; name=\"certificate\"; filename=\"aprity.crt\""
            body.append("--edge\r\n\(head)\r\n\r\n\(pem)\r\n")
        }
        var request = HTTPClientRequest(url: org.url + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=edge")
        request.headers.add(name: "Origin", value: org.url)
        request.body = .bytes(ByteBuffer(string: body.joined() + "--edge--\r\n"))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        let alert = text.firstMatch(of: #/role="alert">([^<]*)</#).map { String($0.1) }
        guard response.status.code < 400, alert == nil else {
            throw Refused(path: path, status: response.status.code, sentence: alert ?? "")
        }
        return (response.url?.path ?? "", text)
    }

    private func get(_ url: String) async throws -> String {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: url.hasSuffix("/mail") ? "application/json" : "text/html")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }
}
