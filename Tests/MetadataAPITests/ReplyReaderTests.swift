import Testing

@testable import MetadataAPI

@Suite struct ReplyReaderTests {
    private static let describe = Replies.envelope(
        """
        <describeMetadataResponse><result><metadataObjects><directoryName>reports</directoryName>\
        <inFolder>true</inFolder><metaFile>false</metaFile><suffix>report</suffix><xmlName>Report</xmlName>\
        <somethingNew><deep>1</deep></somethingNew></metadataObjects><metadataObjects>\
        <childXmlNames>CustomField</childXmlNames><childXmlNames>ListView</childXmlNames>\
        <directoryName>objects</directoryName><inFolder>false</inFolder><metaFile>false</metaFile>\
        <suffix>object</suffix><xmlName>CustomObject</xmlName></metadataObjects>\
        <metadataObjects><directoryName>aura</directoryName><inFolder>false</inFolder><metaFile>false</metaFile>\
        <xmlName>AuraDefinitionBundle</xmlName></metadataObjects><organizationNamespace></organizationNamespace>\
        <partialSaveAllowed>true</partialSaveAllowed><testRequired>false</testRequired></result>\
        </describeMetadataResponse>
        """)

    @Test(
        "describeMetadata returns sorted types for any piece size", arguments: [1, 2, 5, 64, Int.max])
    func describe(_ pieceSize: Int) throws {
        let reply = try ReplyReader.describeMetadata().read(ReplyReaderTests.describe, pieceSize: pieceSize)
        #expect(
            reply
                == MetadataDescription(
                    types: [
                        .init(name: "AuraDefinitionBundle", directoryName: "aura"),
                        .init(
                            name: "CustomObject", directoryName: "objects", suffix: "object",
                            childTypes: ["CustomField", "ListView"]),
                        .init(name: "Report", directoryName: "reports", suffix: "report", isInFolder: true),
                    ], organizationNamespace: nil, testRequired: false))
    }

    @Test(
        "A missing, an empty and a nil namespace prefix are all nil",
        arguments: [
            "", "<namespacePrefix/>", "<namespacePrefix></namespacePrefix>", "<namespacePrefix xsi:nil=\"true\"/>",
        ])
    func missingPrefix(_ element: String) throws {
        let reply = try ReplyReader.listMetadata().read(
            Replies.envelope(
                """
                <listMetadataResponse><result><createdDate>1970-01-01T00:00:00.000Z</createdDate>\
                <fileName>objects/Account.object</fileName><fullName>Account</fullName><id></id>\(element)\
                <type>CustomObject</type></result></listMetadataResponse>
                """))
        #expect(
            reply == [
                FileProperties(
                    fullName: "Account", fileName: "objects/Account.object", type: "CustomObject",
                    createdDate: "1970-01-01T00:00:00.000Z")
            ])
    }

    @Test("The rows of a listing do not affect each other")
    func rows() throws {
        let reply = try ReplyReader.listMetadata().read(
            Replies.envelope(
                """
                <listMetadataResponse><result><fullName>n__A</fullName><namespacePrefix>n</namespacePrefix>\
                <manageableState>installed</manageableState></result><result><fullName>B &amp; C</fullName></result>\
                </listMetadataResponse>
                """))
        #expect(
            reply == [
                FileProperties(fullName: "n__A", namespacePrefix: "n", manageableState: "installed"),
                FileProperties(fullName: "B & C"),
            ])
        #expect(reply.map(\.isInstalled) == [true, false])
    }

    @Test(
        "An empty listing is an empty array",
        arguments: ["<listMetadataResponse/>", "<listMetadataResponse></listMetadataResponse>"])
    func emptyList(_ body: String) throws {
        #expect(try ReplyReader.listMetadata().read(Replies.envelope(body)) == [])
    }

    @Test("Elements are matched by namespace, not by prefix")
    func prefixes() throws {
        let text = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns:m="http://soap.sforce.com/2006/04/metadata"><e:Header><x/></e:Header><e:Body><m:listMetadataResponse>\
            <m:result><m:fullName>A</m:fullName><o:fullName xmlns:o="urn:other">B</o:fullName></m:result>\
            </m:listMetadataResponse></e:Body></e:Envelope>
            """
        #expect(try ReplyReader.listMetadata().read(Array(text.utf8)) == [FileProperties(fullName: "A")])
    }

    @Test("A fault of any call has its code without prefix and its text unchanged")
    func fault() {
        let fault = SOAPFault(code: "INVALID_SESSION_ID", string: "INVALID_SESSION_ID: it's <gone>")
        #expect(throws: fault) { try ReplyReader.describeMetadata().read(Replies.fault) }
        #expect(throws: fault) { try ReplyReader.listMetadata().read(Replies.fault, pieceSize: 1) }
        #expect(throws: fault) { try ReplyReader.checkRetrieveStatus().read(Replies.fault) }
        #expect(fault.kind == .invalidSession)
    }

    @Test("retrieve returns the id of the job")
    func retrieve() throws {
        let reply = try ReplyReader.retrieve().read(
            Replies.envelope(
                "<retrieveResponse><result><done>false</done><id>09SKf000002knYIMAY</id><state>Queued</state></result></retrieveResponse>"
            ))
        #expect(reply == RetrieveID("09SKf000002knYIMAY"))
    }

    @Test("A running job has no archive")
    func running() throws {
        let reply = try ReplyReader.checkRetrieveStatus().read(
            Replies.envelope(
                """
                <checkRetrieveStatusResponse><result><done>false</done><id>09SKf000002knYIMAY</id>\
                <status>InProgress</status><success>false</success><zipFile xsi:nil="true"/></result>\
                </checkRetrieveStatusResponse>
                """))
        #expect(
            reply
                == RetrieveResult(
                    id: RetrieveID("09SKf000002knYIMAY"), isDone: false, status: .inProgress, isSuccess: false,
                    errorStatusCode: nil, errorMessage: nil, messages: [], files: [], archiveByteCount: nil))
    }

    @Test("A failed job has the org's reason")
    func failed() throws {
        let reply = try ReplyReader.checkRetrieveStatus().read(
            Replies.envelope(
                """
                <checkRetrieveStatusResponse><result><done>true</done><errorMessage>LIMIT_EXCEEDED: Too many files in \
                retrieve call, limit is: 10000</errorMessage><errorStatusCode>LIMIT_EXCEEDED</errorStatusCode>\
                <id>09SKf000002knYIMAY</id><status>Failed</status><success>false</success><zipFile xsi:nil="true"/>\
                </result></checkRetrieveStatusResponse>
                """))
        #expect(reply.status == .failed)
        #expect(reply.isLimitExceeded)
        #expect(reply.errorMessage == "LIMIT_EXCEEDED: Too many files in retrieve call, limit is: 10000")
    }

    @Test(
        "A finished job returns its archive, messages and files for any piece size",
        arguments: [1, 3, 64, Int.max])
    func finished(_ pieceSize: Int) throws {
        var random = SeededRandom(seed: 1)
        let archive = random.bytes(1_000)
        var received: [UInt8] = []
        let reply = try ReplyReader.checkRetrieveStatus { received.append(contentsOf: $0) }.read(
            Replies.status(
                """
                <fileProperties><fileName>unpackaged/package.xml</fileName><fullName>unpackaged/package.xml</fullName>\
                <id></id><type>Package</type></fileProperties><messages><fileName>package.xml</fileName>\
                <problem>Entity of type 'ApexClass' named 'X' cannot be found</problem></messages><messages>\
                <problem>Other</problem></messages><zipFile>\(Replies.base64(archive))</zipFile>
                """), pieceSize: pieceSize)
        #expect(received == archive)
        #expect(reply.archiveByteCount == 1_000)
        #expect(reply.isDone)
        #expect(reply.status == .succeeded)
        #expect(
            reply.messages == [
                .init(fileName: "package.xml", problem: "Entity of type 'ApexClass' named 'X' cannot be found"),
                .init(fileName: nil, problem: "Other"),
            ])
        #expect(
            reply.files == [
                RetrieveResult.File(
                    type: "Package", fullName: "unpackaged/package.xml", fileName: "unpackaged/package.xml")
            ])
    }

    @Test("An archive that was not requested is rejected, and an empty element is an archive without bytes")
    func unasked() throws {
        #expect(throws: ReplyError.base64(.tooLong(limit: 0))) {
            try ReplyReader.checkRetrieveStatus().read(Replies.status("<zipFile>AAAA</zipFile>"))
        }
        #expect(try ReplyReader.checkRetrieveStatus().read(Replies.status("<zipFile/>")).archiveByteCount == 0)
    }

    @Test("Two archives in one reply are rejected")
    func twoArchives() {
        #expect(throws: ReplyError.repeated("zipFile")) {
            try ReplyReader.checkRetrieveStatus { _ in }
                .read(Replies.status("<zipFile>AAAA</zipFile><zipFile>AAAA</zipFile>"))
        }
    }

    @Test("An error of the sink is rethrown and stops the reading")
    func sinkThrows() {
        struct Full: Error {}
        var calls = 0
        let reader = ReplyReader.checkRetrieveStatus { _ in
            calls += 1
            throw Full()
        }
        #expect(throws: Full.self) {
            try reader.read(Replies.status("<zipFile>" + String(repeating: "AAAA", count: 100_000) + "</zipFile>"))
        }
        #expect(throws: Full.self) { try reader.finish() }
        #expect(calls == 1)
    }

    @Test("A truncated reply is rejected", arguments: [1, 100, 300, 420])
    func truncated(_ count: Int) {
        let whole = Replies.status("<zipFile>AAAAAAAA</zipFile>")
        #expect(throws: XMLError.self) {
            try ReplyReader.checkRetrieveStatus { _ in }.read(Array(whole.prefix(count)))
        }
    }

    @Test("A document other than the reply to the call is rejected")
    func unexpected() {
        #expect(throws: ReplyError.notAnEnvelope(root: "html")) {
            try ReplyReader.listMetadata().read(Array("<html><body/></html>".utf8))
        }
        #expect(throws: ReplyError.emptyBody) { try ReplyReader.listMetadata().read(Replies.envelope("")) }
        #expect(throws: ReplyError.unexpectedResponse("retrieveResponse", expected: "listMetadataResponse")) {
            try ReplyReader.listMetadata().read(Replies.envelope("<retrieveResponse/>"))
        }
        #expect(throws: ReplyError.repeated("response in its body")) {
            try ReplyReader.listMetadata().read(Replies.envelope("<listMetadataResponse/><listMetadataResponse/>"))
        }
        #expect(throws: ReplyError.missing("fullName")) {
            try ReplyReader.listMetadata().read(
                Replies.envelope("<listMetadataResponse><result><id/></result></listMetadataResponse>"))
        }
        #expect(throws: ReplyError.unreadable(element: "status")) {
            try ReplyReader.checkRetrieveStatus().read(
                Replies.envelope(
                    "<checkRetrieveStatusResponse><result><done>true</done><status>X</status></result></checkRetrieveStatusResponse>"
                ))
        }
        #expect(throws: XMLError.documentType) {
            try ReplyReader.listMetadata().read(
                Array("<!DOCTYPE x>".utf8) + Replies.envelope("<listMetadataResponse/>"))
        }
    }

    /// The bytes 0, 1, 2, … as base64 in lines, with a reference, a comment and a CDATA section in it.
    private static func mixedText(_ archive: [UInt8]) -> String {
        let lines = stride(from: 0, to: Replies.base64(archive).count, by: 76).map { start in
            String(Replies.base64(archive).dropFirst(start).prefix(76))
        }
        var text = lines
        text[3] = "&#\(text[3].utf8.first ?? 0);" + text[3].dropFirst()
        text[5] = "<!-- a < b & c -->" + text[5]
        text[9] = "<![CDATA[" + text[9] + "]]>"
        return text.joined(separator: "\r\n")
    }

    @Test(
        "An archive with line ends, references, comments and CDATA is the same for any piece size",
        arguments: [1, 7, 100, 400, 4_096, Int.max])
    func mixedArchive(_ pieceSize: Int) throws {
        let archive = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        var read: [UInt8] = []
        let reader = ReplyReader.checkRetrieveStatus { read += $0 }
        _ = try reader.read(
            Replies.status("<zipFile>\(Self.mixedText(archive))</zipFile>"), pieceSize: pieceSize)
        #expect(read == archive)
    }

    @Test("An error after a streamed text names its line", arguments: [1, 100, 4_096, Int.max])
    func lineAfterStreamedText(_ pieceSize: Int) throws {
        let lines = Array(repeating: String(repeating: "Q", count: 400), count: 50).joined(separator: "\n")
        // The first line has the XML declaration, the second begins with the envelope.
        #expect(throws: XMLError.malformed(line: 51, code: 76)) {
            try ReplyReader.checkRetrieveStatus { _ in }.read(
                Replies.status("<zipFile>\(lines)</wrong>"), pieceSize: pieceSize)
        }
    }

    @Test("An archive of thirty megabytes is streamed in small pieces and not stored")
    func flatMemory() throws {
        let piece = [UInt8](repeating: UInt8(ascii: "Q"), count: 64 << 10)
        var largest = 0
        var total = 0
        let reader = ReplyReader.checkRetrieveStatus { bytes in
            largest = max(largest, bytes.count)
            total += bytes.count
        }
        let whole = String(decoding: Replies.status("<zipFile>|</zipFile>"), as: UTF8.self).split(separator: "|")
        try reader.feed(Array(whole[0].utf8))
        for _ in 0..<640 { try reader.feed(piece) }
        try reader.feed(Array(whole[1].utf8))
        let reply = try reader.finish()
        #expect(total == 640 * 48 << 10)
        #expect(reply.archiveByteCount == total)
        #expect(largest <= Base64StreamDecoder.outputSize)
    }
}

@Suite struct Base64StreamDecoderTests {
    private func decode(_ text: String, pieces: [Int] = [], limit: Int = 1_000) throws -> [UInt8] {
        var decoder = Base64StreamDecoder(limit: limit)
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var start = 0
        for end in pieces + [bytes.count] {
            try Array(bytes[start..<end]).withUnsafeBytes { try decoder.decode($0) { output.append(contentsOf: $0) } }
            start = end
        }
        try decoder.finish()
        return output
    }

    @Test("The test vectors of RFC 4648 are decoded, split at every position")
    func vectors() throws {
        for (text, plain) in [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"), (" Zm9v\r\nYg\t= =\n", "foob"),
        ] {
            for cut in 0...text.utf8.count { #expect(try decode(text, pieces: [cut]) == Array(plain.utf8)) }
        }
    }

    @Test(
        "Malformed text is rejected with the reason",
        arguments: [
            ("Zg=", Base64Error.truncated), ("Zg", .truncated), ("Z", .truncated), ("Zm9vZ", .truncated),
            ("=", .padding), ("Z===", .padding), ("Zm9v=", .padding), ("Zh==", .padding), ("Zm9=", .padding),
            ("Zg===", .padding), ("Zg==Zg==", .dataAfterPadding), ("Zg=v", .dataAfterPadding),
            ("Zm-v", .character), ("Zm_v", .character), ("Zm9v!", .character), ("Zm9v\u{0}", .character),
            ("Zmé=", .character),
        ])
    func malformed(_ text: String, _ refusal: Base64Error) {
        #expect(throws: refusal) { try decode(text) }
        #expect(throws: refusal) { try decode(text, pieces: Array(1..<text.utf8.count)) }
    }

    @Test("The limit counts decoded bytes")
    func bound() throws {
        #expect(try decode("Zm9v", limit: 3).count == 3)
        #expect(throws: Base64Error.tooLong(limit: 2)) { try decode("Zm9v", limit: 2) }
    }

    @Test("A negative limit counts as 0: any byte is too much, and nothing traps")
    func negativeLimit() throws {
        #expect(try decode("", limit: -5).isEmpty)
        #expect(throws: Base64Error.tooLong(limit: 0)) { try decode("Zm9v", limit: -5) }
    }
}
