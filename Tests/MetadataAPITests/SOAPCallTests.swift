import Testing

@testable import MetadataAPI

@Suite struct SOAPCallTests {
    static let version = APIVersion(number: 66)!
    static let session = "00D000000000001!AQ.test"

    private func text(_ call: SOAPCall) throws -> String {
        String(decoding: try SOAPEnvelope(call).body(sessionID: SOAPCallTests.session), as: UTF8.self)
    }

    private func envelope(_ body: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>\
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header>\
        <CallOptions xmlns="http://soap.sforce.com/2006/04/metadata"><client>aprity</client></CallOptions>\
        <SessionHeader xmlns="http://soap.sforce.com/2006/04/metadata"><sessionId>00D000000000001!AQ.test</sessionId>\
        </SessionHeader></soapenv:Header><soapenv:Body>\(body)</soapenv:Body></soapenv:Envelope>
        """
    }

    @Test("describeMetadata contains the version")
    func describe() throws {
        #expect(
            try text(.describeMetadata(asOf: SOAPCallTests.version))
                == envelope(
                    """
                    <describeMetadata xmlns="http://soap.sforce.com/2006/04/metadata">\
                    <asOfVersion>66.0</asOfVersion></describeMetadata>
                    """))
    }

    @Test("listMetadata contains its queries in order and escapes folder names")
    func list() throws {
        let batch = try #require(
            ListBatch([ListQuery(type: "ApexClass"), ListQuery(type: "Report", folder: "R&D <1>/Nested")]))
        #expect(
            try text(.listMetadata(batch, asOf: SOAPCallTests.version))
                == envelope(
                    """
                    <listMetadata xmlns="http://soap.sforce.com/2006/04/metadata"><queries><type>ApexClass</type>\
                    </queries><queries><folder>R&amp;D &lt;1&gt;/Nested</folder><type>Report</type></queries>\
                    <asOfVersion>66.0</asOfVersion></listMetadata>
                    """))
    }

    @Test("retrieve requests a single package and contains the manifest")
    func retrieve() throws {
        var manifest = PackageManifest(version: SOAPCallTests.version)
        try manifest.insert("B", of: "ApexClass")
        try manifest.insert("A", of: "ApexClass")
        #expect(
            try text(.retrieve(manifest))
                == envelope(
                    """
                    <retrieve xmlns="http://soap.sforce.com/2006/04/metadata"><retrieveRequest>\
                    <apiVersion>66.0</apiVersion><singlePackage>true</singlePackage><unpackaged><types>\
                    <members>A</members><members>B</members><name>ApexClass</name></types><version>66.0</version>\
                    </unpackaged></retrieveRequest></retrieve>
                    """))
    }

    @Test("checkRetrieveStatus contains whether the archive is requested", arguments: [true, false])
    func check(_ includeZip: Bool) throws {
        let id = try #require(RetrieveID("09S000000000001AAA"))
        #expect(
            try text(.checkRetrieveStatus(id, includeZip: includeZip))
                == envelope(
                    """
                    <checkRetrieveStatus xmlns="http://soap.sforce.com/2006/04/metadata">\
                    <asyncProcessId>09S000000000001AAA</asyncProcessId><includeZip>\(includeZip)</includeZip>\
                    </checkRetrieveStatus>
                    """))
    }

    @Test(
        "A session id that could break the envelope is rejected, and the error does not contain it",
        arguments: ["", "a b", "a\n", "ä"])
    func badSession(_ session: String) {
        #expect(throws: SessionIDMalformed()) {
            try SOAPEnvelope(.describeMetadata(asOf: SOAPCallTests.version)).body(sessionID: session)
        }
    }

    @Test("Markup in a session id is escaped")
    func escapedSession() throws {
        let body = try SOAPEnvelope(.describeMetadata(asOf: SOAPCallTests.version)).body(sessionID: "a</sessionId>&")
        #expect(String(decoding: body, as: UTF8.self).contains("<sessionId>a&lt;/sessionId&gt;&amp;</sessionId>"))
    }

    @Test("The description of an envelope does not contain the session id")
    func noSecret() throws {
        let envelope = SOAPEnvelope(.describeMetadata(asOf: SOAPCallTests.version))
        _ = try envelope.body(sessionID: SOAPCallTests.session)
        #expect(!String(reflecting: envelope).contains(SOAPCallTests.session))
    }

    @Test("A batch has one to three queries")
    func batches() {
        let queries = (0..<7).map { ListQuery(type: "T\($0)") }
        #expect(ListBatch([]) == nil)
        #expect(ListBatch(Array(queries[..<4])) == nil)
        #expect(ListBatch.batches(of: queries).map(\.queries.count) == [3, 3, 1])
        #expect(ListBatch.batches(of: queries).flatMap(\.queries) == queries)
    }

    @Test("The path contains the version without v")
    func path() { #expect(SOAPEnvelope.path(SOAPCallTests.version) == "/services/Soap/m/66.0") }
}

@Suite struct APIVersionTests {
    @Test(
        "Only the form NN.0 is accepted as a version",
        arguments: ["v66.0", "66", "66.1", "066.0", "66.0 ", "-1.0", "+6.0", "0.0", ".0", "1000.0", "6 6.0", "٦٦.0"])
    func refused(_ text: String) { #expect(APIVersion(text) == nil) }

    @Test("A version prints as it was read", arguments: ["66.0", "7.0", "100.0"])
    func roundTrip(_ text: String) { #expect(APIVersion(text)?.description == text) }

    @Test("The highest version is found by number, in any order")
    func highest() {
        let body = """
            [{"label":"A","url":"/services/data/v99.0","version":"99.0"},{"label":"B","url":"x","version":"100.0"},
            {"label":"C","url":"x","version":"9.0"}]
            """
        #expect(APIVersion.highest(inVersionList: Array(body.utf8)) == APIVersion(number: 100))
        #expect(APIVersion.highest(inVersionList: Array("[]".utf8)) == nil)
        #expect(APIVersion.highest(inVersionList: Array("{}".utf8)) == nil)
    }

    @Test("A job id has 15 or 18 letters and digits")
    func retrieveID() {
        #expect(RetrieveID("09S000000000001") != nil)
        #expect(RetrieveID("09S000000000001AAA") != nil)
        for text in ["", "09S00000000000", "09S0000000000012", "09S00000000000<", "09S00000000000ä"] {
            #expect(RetrieveID(text) == nil)
        }
    }
}
