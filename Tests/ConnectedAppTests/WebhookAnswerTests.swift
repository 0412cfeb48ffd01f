import Foundation
import Testing

@testable import ConnectedApp

/// Answers of webhooks' receivers, quoted from documentation and reports.
@Suite("Answers of webhooks")
struct WebhookAnswerTests {
    private static let path = "/services/T0/B0/canary7391"

    private func failure(
        _ status: Int, _ body: String = "", type: String? = "text/plain", location: String? = nil,
        _ format: WebhookFormat = .json
    ) -> NoticeFailure? {
        WebhookAnswer(
            status: status, body: Array(body.utf8), contentType: type, location: location, hiding: Self.path
        ).failure(of: format)
    }

    @Test("In Slack's format, only ok is a success", arguments: ["ok", " ok\n"])
    func slack(_ body: String) {
        #expect(failure(200, body, .slack) == nil)
    }

    @Test(
        "In Slack's format, everything else is a failure, whatever the status is",
        arguments: ["", "1", "okay", #"{"ok":true}"#, #"{"ok":false,"error":"channel_not_found"}"#, "no_text"])
    func notSlack(_ body: String) {
        let failure = failure(200, body, .slack)
        #expect(failure?.cause == .noticeRefused)
        #expect(failure?.isPermanent == true)
        #expect(failure?.reply == (body.isEmpty ? "HTTP status 200" : "HTTP status 200: \(body)"))
    }

    @Test(
        "In aprity's own format, a receiver may answer with any text",
        arguments: [
            "", "ok", "1", "accepted", #"{"ok":true}"#, #"{"errcode":0,"errmsg":"ok"}"#, #"{"code":0,"msg":"success"}"#,
            #"{"code":200,"msg":"queued"}"#, #"{"status":"received"}"#, #"{"id":"x","success":"yes"}"#, "[1]",
            "<?xml version=\"1.0\"?><answer/>", #"{"error":null}"#, #"{"error":""}"#, #"{"error":false}"#,
            #"{"error":{}}"#,
            #"{"error":0}"#, #"{"StatusCode":0,"StatusMessage":"success"}"#, #"{"StatusCode":200}"#,
            #"{"errcode":"0"}"#,
        ])
    func taken(_ body: String) {
        #expect(failure(200, body) == nil)
        #expect(failure(204) == nil)
    }

    @Test(
        "Errors that chat services send with status 200 are failures",
        arguments: [
            (#"{"ok":false,"error":"invalid_auth"}"#, true), ("invalid_payload", true), ("channel_is_archived", true),
            (#"{"errcode":310000,"errmsg":"keywords not in content"}"#, true),
            (#"{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}"#, true),
            (#"{"error":"unknown channel"}"#, true), (#"{"error":{"code":-32600}}"#, true),
            (#"{"ok":true,"error":[1]}"#, true),
            (#"{"StatusCode":9499,"StatusMessage":"Bad Request"}"#, true),
            (#"{"errcode":"40014","errmsg":"no"}"#, true),
            (#"{"errcode":"M_UNKNOWN_TOKEN","msg":"x"}"#, true),
            (#"{"success":false}"#, true), (#"{"result":"error","msg":"Invalid API key"}"#, true),
            ("Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429", false),
        ])
    func refused(_ body: String, isPermanent: Bool) {
        let failure = failure(200, body)
        #expect(failure?.cause == .noticeRefused)
        #expect(failure?.isPermanent == isPermanent)
        #expect(failure?.reply == "HTTP status 200: \(body)")
    }

    @Test(
        "A page is never a success, and the reply quotes its title",
        arguments: [
            ("<!DOCTYPE html><html><head><title>Sign in\n to ACME</title>", "text/html"),
            ("\u{FEFF}\n<HTML><title>Sign in to ACME</title>", "application/octet-stream"),
        ])
    func page(_ body: String, _ type: String) {
        for format in WebhookFormat.allCases {
            let failure = failure(200, body, type: type, format)
            #expect(failure?.cause == .webhookPage)
            #expect(failure?.reply == "HTTP status 200, a page: Sign in to ACME")
        }
    }

    @Test("XHTML is a page too, but text that a script sends as HTML is not")
    func otherPages() {
        #expect(failure(200, "<?xml version=\"1.0\"?><html><body>x</body></html>")?.cause == .webhookPage)
        #expect(failure(200, "done", type: "text/html") == nil)
    }

    @Test("The reply names the host of a redirect but not its path")
    func redirect() {
        let failure = failure(302, location: "https://login.acme.example/sso?to=canary7391")
        #expect(
            failure == NoticeFailure(.webhookPage, reply: "HTTP status 302 to login.acme.example", isPermanent: true))
    }

    @Test(
        "Each status has its cause, and the reply quotes the answer",
        arguments: [
            (404, .webhookMissing, true), (410, .webhookMissing, true), (400, .webhookFormRefused, true),
            (415, .webhookFormRefused, true), (422, .webhookFormRefused, true), (401, .noticeRefused, true),
            (403, .noticeRefused, true), (429, .noticeRefused, false), (500, .noticeRefused, false),
            (503, .noticeRefused, false),
        ] as [(Int, Cause, Bool)])
    func statuses(_ status: Int, _ cause: Cause, isPermanent: Bool) {
        #expect(
            failure(status, "no_service\n")
                == NoticeFailure(cause, reply: "HTTP status \(status): no_service", isPermanent: isPermanent))
    }

    @Test("The reply contains neither the path, which may be a secret, nor control characters")
    func safe() {
        let words = failure(404, "Cannot POST \(Self.path)\u{1B}[2J\u{202E}, token canary7391\r\nbye")?.reply
        #expect(words == "HTTP status 404: Cannot POST «secret removed»[2J, token «secret removed» bye")
    }

    @Test(
        "An invisible character does not hide the path from the search",
        arguments: ["\u{1B}", "\u{200B}", "\u{AD}", "\0", "\u{202E}", "\u{FEFF}"])
    func unseen(_ character: String) {
        #expect(failure(500, "no /x cana\(character)ry7391")?.reply == "HTTP status 500: no /x «secret removed»")
    }

    @Test("If the host of a redirect contains a part of the path, the reply does not name it")
    func redirectWithSecret() {
        #expect(failure(302, location: "https://Canary7391.evil.example/")?.reply == "HTTP status 302")
    }

    @Test("A part of the path is removed in any case")
    func capitals() {
        #expect(failure(500, "no CANARY7391 here")?.reply == "HTTP status 500: no «secret removed» here")
    }

    @Test(
        "A text with the path, or a part of it, in another spelling is not shown",
        arguments: [
            "no %2Fservices%2FT0%2FB0%2F%63anary7391", "no %63anary7391", "no %2563anary7391", #"no \u0063anary7391"#,
            #"no \/services\/T0\/B0\/CANARY\u0037391"#, "no &#99;anary7391", "no &#x63;anary7391",
            "no /servic&#101;s", "no canary\n7391",
        ])
    func respelled(_ body: String) {
        #expect(failure(500, body)?.reply == "HTTP status 500: (not shown)")
    }

    @Test("A combining mark after a part of the path does not hide it from the search")
    func combiningMark() {
        #expect(failure(500, "no canary7391\u{301}")?.reply?.contains("canary") == false)
    }

    @Test(
        "A path with escapes is found without them",
        arguments: ["no canary/7391", "no CANARY/7391", "no canary\\/7391", "no canary&sol;7391"])
    func escapedPath(_ body: String) {
        let answer = WebhookAnswer(
            status: 500, body: Array(body.utf8), contentType: nil, location: nil, hiding: "/x/canary%2F7391")
        #expect(answer.failure(of: .json)?.reply == "HTTP status 500: (not shown)")
    }

    @Test("A refusal is read before the path is removed from it")
    func pathInRefusal() {
        let answer = WebhookAnswer(
            status: 200, body: Array(#"{"success":false}"#.utf8), contentType: nil, location: nil,
            hiding: "/hook?success=canary")
        #expect(answer.failure(of: .json)?.cause == .noticeRefused)
    }

    // MARK: Content codings

    /// - Parameter body: Base64.
    private func coded(
        _ coding: String, _ body: String, status: Int = 200, _ format: WebhookFormat = .json
    ) throws -> NoticeFailure? {
        WebhookAnswer(
            status: status, body: [UInt8](try #require(Data(base64Encoded: body))), contentType: "text/plain",
            contentCoding: coding, location: nil, hiding: Self.path
        ).failure(of: format)
    }

    private static let packedOK = "H4sIAAAAAAACA8vPBgBH3dx5AgAAAA=="
    private static let packedPage =
        "H4sIAAAAAAACA7NRdPF3DokMcFXIKMnNsbOBkCWZJTmpdsGZ6XkKmXk2+hCujT5YEgBeu6IuMgAAAA=="
    private static let deflatedRefusal = "eJyrVsrPVrJKS8wpTq0FABqeBFw="

    @Test("A body in gzip or deflate is decoded")
    func packed() throws {
        #expect(try coded("gzip", Self.packedOK, .slack) == nil)
        #expect(try coded("gzip", Self.packedPage)?.reply == "HTTP status 200, a page: Sign in")
        #expect(try coded("deflate", Self.deflatedRefusal)?.reply == #"HTTP status 200: {"ok":false}"#)
    }

    @Test(
        "A body that cannot be decoded is not a success, and the reply names its coding",
        arguments: [("br", "iwCAb2sD"), ("gzip, br", packedOK), ("gzip", "b2s="), ("gzip", "H4sIAAAAAAACAw==")])
    func unreadable(_ coding: String, _ body: String) throws {
        let reply = "HTTP status 200, in a content coding that aprity does not read: \(coding)"
        #expect(try coded(coding, body) == NoticeFailure(.noticeRefused, reply: reply, isPermanent: true))
        #expect(try coded(coding, body, status: 404)?.cause == .webhookMissing)
    }

    @Test("An empty body can be read, whatever its coding is")
    func emptyCoded() throws {
        #expect(try coded("br", "", status: 204) == nil)
    }

    @Test("The name of a coding cannot reveal the path")
    func codingWithPath() throws {
        #expect(try coded("canary7391", "b2s=")?.reply?.contains("canary") == false)
    }
}
