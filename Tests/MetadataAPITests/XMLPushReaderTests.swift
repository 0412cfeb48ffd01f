import Glibc
import Testing

@testable import MetadataAPI

/// Records the events.
final class RecordingHandler: XMLEventHandler {
    var events: [String] = []
    private var text: [UInt8] = []

    func begin(_ element: XMLElementStart) -> XMLTextBound {
        flush()
        events.append("<\(element.namespace ?? "")|\(element.localName)\(element.isNil ? " nil" : "")")
        return .bounded
    }

    func text(_ bytes: UnsafeRawBufferPointer) { text.append(contentsOf: bytes) }

    func end() {
        flush()
        events.append(">")
    }

    private func flush() {
        if !text.isEmpty { events.append(String(decoding: text, as: UTF8.self)) }
        text = []
    }

    static func read(_ bytes: [UInt8], pieceSize: Int = .max) throws -> [String] {
        let handler = RecordingHandler()
        let reader = XMLPushReader(handler: handler)
        var index = 0
        while index < bytes.count {
            let end = pieceSize == .max ? bytes.count : min(index + pieceSize, bytes.count)
            try Array(bytes[index..<end]).withUnsafeBytes { try reader.feed($0) }
            index = end
        }
        try reader.finish()
        return handler.events
    }
}

/// A document that must be rejected, or its harmless twin.
struct HostileXML: Sendable, CustomTestStringConvertible {
    let title: String
    let bytes: [UInt8]
    /// `nil` for the harmless twin of a hostile document.
    let refusal: XMLError?
    var testDescription: String { title }

    init(_ title: String, _ text: String, _ refusal: XMLError?) {
        self.init(title, bytes: Array(text.utf8), refusal)
    }

    init(_ title: String, bytes: [UInt8], _ refusal: XMLError?) {
        self.title = title
        self.bytes = bytes
        self.refusal = refusal
    }

    static func utf16(_ text: String, byteOrderMark: Bool) -> [UInt8] {
        (byteOrderMark ? [0xFF, 0xFE] : []) + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    static func nested(_ depth: Int) -> String {
        String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }

    static let cases: [HostileXML] = [
        HostileXML("plain", "<a/>", nil),
        HostileXML("document type", "<!DOCTYPE a><a/>", .documentType),
        HostileXML("document type after declaration", "<?xml version='1.0'?>\n<!DOCTYPE a []><a/>", .documentType),
        HostileXML(
            "billion laughs",
            "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;&x;&x;&x;&x;\"><!ENTITY z \"&y;&y;&y;\">]><a>&z;</a>",
            .documentType),
        HostileXML(
            "external entity", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", .documentType),
        HostileXML(
            "parameter entity", "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'>%x;]><a/>", .documentType),
        HostileXML("external subset", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", .documentType),
        HostileXML("entity", "<a>&nbsp;</a>", .entityReference("nbsp")),
        HostileXML("entity in attribute", "<a b='&nbsp;'/>", .entityReference("nbsp")),
        HostileXML("predefined entities", "<a b='&amp;&#65;'>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;</a>", nil),
        HostileXML("processing instruction", "<a><?php x?></a>", .processingInstruction("php")),
        HostileXML(
            "stylesheet", "<?xml-stylesheet href='x'?><a/>", .processingInstruction("xml-stylesheet")),
        HostileXML("comment", "<a><!-- x --></a>", nil),
        HostileXML("latin 1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", .encoding("ISO-8859-1")),
        HostileXML("utf-7", "<?xml version='1.0' encoding='utf-7'?><a/>", .encoding("utf-7")),
        HostileXML("lower-case utf-8", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?><a/>", nil),
        HostileXML("upper-case UTF-8", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>", nil),
        HostileXML(
            "utf-8 with a byte order mark", bytes: [0xEF, 0xBB, 0xBF] + Array("<?xml version='1.0'?><a/>".utf8), nil),
        HostileXML("utf-16", bytes: utf16("<a/>", byteOrderMark: true), .encoding("UTF-16 or UTF-32")),
        HostileXML(
            "utf-16 without a byte order mark", bytes: utf16("<a>xx</a>", byteOrderMark: false),
            .encoding("UTF-16 or UTF-32")),
        HostileXML("ebcdic", bytes: [0x4C, 0x6F, 0xA7, 0x94, 0x93, 0x40], .encoding("EBCDIC")),
        HostileXML("broken declaration", "<?xml version='1.0' encoding=utf-16?><a/>", .declaration),
        HostileXML("wrong version", "<?xml version='1.1'?><a/>", .declaration),
        HostileXML(
            "endless declaration", "<?xml version='1.0' " + String(repeating: " ", count: 600) + "?><a/>", .declaration),
        HostileXML("64 levels", nested(64), nil),
        HostileXML("65 levels", nested(65), .tooDeep(limit: 64)),
        HostileXML("longest text", "<a>" + String(repeating: "x", count: 1 << 20) + "</a>", nil),
        HostileXML(
            "too long text", "<a><b>" + String(repeating: "x", count: (1 << 20) + 1) + "</b></a>",
            .textTooLong(element: "b", limit: 1 << 20)),
        HostileXML(
            "too long text in sections",
            "<a>" + String(repeating: "<![CDATA[" + String(repeating: "x", count: 60_000) + "]]>", count: 18) + "</a>",
            .textTooLong(element: "a", limit: 1 << 20)),
        HostileXML("long comment", "<a><!--" + String(repeating: "x", count: 100_000) + "--></a>", nil),
        HostileXML(
            "endless comment", "<a><!--" + String(repeating: "x", count: 300_000) + "--></a>",
            .markupTooLong(limit: 128 << 10)),
        HostileXML(
            "endless attribute", "<a b='" + String(repeating: "x", count: 300_000) + "'/>",
            .markupTooLong(limit: 128 << 10)),
    ]

    static let malformed: [String] = [
        "", "<", "<a>", "<a></b>", "<a/><b/>", "text", "<a>\u{1}</a>", "<a b='1' b='2'/>", "<p:a/>", "<a>&#0;</a>",
        "<a>&amp</a>", "<a/>x", "<?xml version='1.0'?><?xml version='1.0'?><a/>", "<a><![CDATA[</a>", "<a:b:c/>",
    ]
}

@Suite struct XMLPushReaderTests {
    @Test("A hostile document is rejected with the reason, and its harmless twin is read", arguments: HostileXML.cases)
    func hostile(_ document: HostileXML) throws {
        if let refusal = document.refusal {
            #expect(throws: refusal) { try RecordingHandler.read(document.bytes) }
        } else {
            _ = try RecordingHandler.read(document.bytes)
        }
    }

    @Test(
        "The size of the pieces does not affect the result",
        arguments: HostileXML.cases.filter { $0.bytes.count < 20_000 })
    func pieces(_ document: HostileXML) throws {
        for size in [1, 2, 3, 7] {
            if let refusal = document.refusal {
                #expect(throws: refusal) { try RecordingHandler.read(document.bytes, pieceSize: size) }
            } else {
                #expect(
                    try RecordingHandler.read(document.bytes, pieceSize: size) == RecordingHandler.read(document.bytes))
            }
        }
    }

    @Test("A document that is not well-formed is rejected", arguments: HostileXML.malformed)
    func malformed(_ text: String) {
        #expect {
            try RecordingHandler.read(Array(text.utf8))
        } throws: { error in
            guard case .malformed? = error as? XMLError else { return false }
            return true
        }
    }

    @Test(
        "The error distinguishes a document without an element, an open element, and content after the root element",
        arguments: [
            ("", 4, "it does not begin with an element"), ("<!-- x -->", 4, "it does not begin with an element"),
            ("<", 4, "it does not begin with an element"), ("<a>\n<b></b>", 77, "an element is not closed"),
            ("<a><![CDATA[x", 77, "an element is not closed"), ("<a/>x", 5, "there is content after the root element"),
            ("<a/><b/>", 5, "there is content after the root element"),
        ])
    func ends(_ text: String, _ code: Int, _ reason: String) {
        for size in [1, Int.max] {
            let error = #expect(throws: XMLError.self) {
                try RecordingHandler.read(Array(text.utf8), pieceSize: size)
            }
            guard case .malformed(_, let found)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(found == code)
            #expect(error?.description.contains(reason) == true)
        }
    }

    @Test("Bytes that are not UTF-8 are rejected")
    func notUTF8() {
        #expect(throws: XMLError.self) {
            try RecordingHandler.read(Array("<a>".utf8) + [0xC3, 0x28] + Array("</a>".utf8))
        }
        #expect(throws: XMLError.self) { try RecordingHandler.read(Array("<a>".utf8) + [0xE4] + Array("</a>".utf8)) }
    }

    @Test("Elements have their namespace, and entities in text are resolved")
    func events() throws {
        let text = """
            <p:a xmlns:p="urn:x" xmlns="urn:y" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\
            <b xsi:nil="true"/>ä&amp;<![CDATA[<&]]>&#x20AC;<c nil="true"/></p:a>
            """
        #expect(
            try RecordingHandler.read(Array(text.utf8)) == [
                "<urn:x|a", "<urn:y|b nil", ">", "ä&<&€", "<urn:y|c", ">", ">",
            ])
    }

    @Test("A tag with the largest possible number of attributes is read in reasonable time")
    func manyAttributes() throws {
        let attributes = (0..<14_000).map { " a\($0)=''" }.joined()
        let start = threadNanoseconds()
        _ = try RecordingHandler.read(Array("<a\(attributes)/>".utf8))
        #expect(threadNanoseconds() - start < 5_000_000_000)
    }

    @Test("After an error, every call throws the same error")
    func staysBroken() {
        let reader = XMLPushReader(handler: RecordingHandler())
        #expect(throws: XMLError.documentType) {
            try Array("<!DOCTYPE a><a/>".utf8).withUnsafeBytes { try reader.feed($0) }
        }
        #expect(throws: XMLError.documentType) { try Array("<a/>".utf8).withUnsafeBytes { try reader.feed($0) } }
        #expect(throws: XMLError.documentType) { try reader.finish() }
    }
}

/// The processor time of this thread in nanoseconds. Other work on the machine does not affect it.
private func threadNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
