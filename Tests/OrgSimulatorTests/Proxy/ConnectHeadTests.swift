import NIOCore
import Testing

@testable import OrgSimulator

@Suite("The head of a request to the proxy")
struct ConnectHeadTests {
    private func read(_ text: String, pieces: Int = 1) -> ConnectHead.Reading {
        var head = ConnectHead()
        var last = ConnectHead.Reading.incomplete
        let bytes = Array(text.utf8)
        let size = max(1, bytes.count / pieces)
        for start in stride(from: 0, to: bytes.count, by: size) where last == .incomplete {
            last = head.read(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        return last
    }

    @Test("A target is read in any division of the bytes", arguments: [1, 2, 7, 1_000])
    func target(_ pieces: Int) {
        let text = "CONNECT login.salesforce.com:443 HTTP/1.1\r\nHost: x\r\nUser-Agent: y\r\n\r\n"
        let reading = read(text, pieces: pieces)
        #expect(reading == .target(host: "login.salesforce.com", port: 443, rest: ByteBuffer()))
    }

    @Test("The bytes after the head belong to the target")
    func rest() {
        let reading = read("CONNECT a:443 HTTP/1.1\r\n\r\n\u{16}\u{3}\u{1}")
        #expect(reading == .target(host: "a", port: 443, rest: ByteBuffer(string: "\u{16}\u{3}\u{1}")))
    }

    @Test(
        "Everything but CONNECT with a host and a port is refused",
        arguments: [
            ("GET http://login.salesforce.com/ HTTP/1.1\r\n\r\n", ProxyRefusal.notConnect),
            ("CONNECT login.salesforce.com HTTP/1.1\r\n\r\n", .malformed),
            ("CONNECT :443 HTTP/1.1\r\n\r\n", .malformed), ("CONNECT a:99999 HTTP/1.1\r\n\r\n", .malformed),
            ("CONNECT a:-1 HTTP/1.1\r\n\r\n", .malformed), ("CONNECT a:443\r\n\r\n", .malformed),
            ("CONNECT  a:443 HTTP/1.1\r\n\r\n", .malformed), ("\r\n\r\n", .malformed),
            ("CONNECT a:443 HTTP/1.1\r\nX: " + String(repeating: "x", count: 8_192), .headTooLarge),
            ("CONNECT a:443 HTTP/1.1\r\nX: " + String(repeating: "x", count: 8_192) + "\r\n\r\n", .headTooLarge),
        ])
    func refused(_ text: String, _ refusal: ProxyRefusal) {
        for pieces in [1, 3] { #expect(read(text, pieces: pieces) == .refused(refusal)) }
    }

    @Test("The refusal names the address of an org that does not accept connections")
    func unreachable() {
        let answer = ProxyRefusal.orgUnreachable(address: "127.0.0.1:7412").answer
        #expect(answer.hasPrefix("HTTP/1.1 502 "))
        #expect(answer.hasSuffix("\r\n\r\nThe org does not accept connections at 127.0.0.1:7412.\n"))
    }
}
