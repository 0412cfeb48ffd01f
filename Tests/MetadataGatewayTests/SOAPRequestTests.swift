import MetadataAPI
import Testing

@testable import MetadataGateway

/// What the gateway forwards of SOAP, and in which form.
@Suite("SOAP calls of clients")
struct SOAPRequestTests {
    private static let path = "/services/Soap/m/66.0"

    private static func envelope(_ body: String, header: String = "") -> String {
        """
        <?xml version="1.0" encoding="utf-8"?>
        <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata">
        <e:Header>\(header)</e:Header><e:Body>\(body)</e:Body></e:Envelope>
        """
    }

    private static func call(
        in text: String, path: String = path, types: ReadableTypes = ReadableTypes()
    ) -> Result<GatewaySOAPCall, Refusal> {
        Result { () throws(Refusal) in
            try SOAPRequest(path: path, body: Array(text.utf8)).call(as: ReadAccess(.sample, types: types))
        }
    }

    private static func call(_ body: String, types: ReadableTypes = ReadableTypes()) -> SOAPCall? {
        try? call(in: envelope(body), types: types).get().call
    }

    private static func code(
        _ text: String, path: String = path, types: ReadableTypes = ReadableTypes()
    ) -> Refusal.Code? {
        guard case .failure(let refusal) = call(in: text, path: path, types: types) else { return nil }
        return refusal.code
    }

    private static let version = APIVersion("66.0")!
    private static let job = RetrieveID("09S000000000001AAA")!
    private static let ticket = Ticket(.sample).text(for: job.description, .retrieve)

    @Test("Each reading call becomes a value of its own")
    func calls() throws {
        #expect(Self.call("<describeMetadata/>") == .describeMetadata(asOf: Self.version))
        #expect(
            Self.call("<describeMetadata><asOfVersion>60</asOfVersion></describeMetadata>")
                == .describeMetadata(asOf: try #require(APIVersion("60.0"))))
        let batch = try #require(
            ListBatch([ListQuery(type: "ApexClass"), ListQuery(type: "Report", folder: "Team")]))
        #expect(
            Self.call(
                "<listMetadata><queries><type>ApexClass</type></queries><queries><folder>Team</folder><type>Report</type></queries></listMetadata>"
            ) == .listMetadata(batch, asOf: Self.version))
        #expect(
            Self.call(
                "<readMetadata><type>Role</type><fullNames>A</fullNames><fullNames> B </fullNames></readMetadata>")
                == ReadQuery(type: "Role", fullNames: ["A", "B"]).map(SOAPCall.readMetadata))
        #expect(
            Self.call("<checkRetrieveStatus><asyncProcessId>\(Self.ticket)</asyncProcessId></checkRetrieveStatus>")
                == .checkRetrieveStatus(Self.job, includeZip: true))
        #expect(
            Self.call(
                "<checkRetrieveStatus><asyncProcessId>\(Self.ticket)</asyncProcessId><includeZip>false</includeZip></checkRetrieveStatus>"
            ) == .checkRetrieveStatus(Self.job, includeZip: false))
        #expect(
            Self.call("<checkStatus><asyncProcessId>\(Self.ticket)</asyncProcessId></checkStatus>")
                == .checkStatus([Self.job]))
        let type = "{http://soap.sforce.com/2006/04/metadata}Layout"
        #expect(
            Self.call("<describeValueType><type>\(type)</type></describeValueType>") == .describeValueType(type))
    }

    @Test(
        "A retrieve names types and members, whatever its argument is called",
        arguments: ["retrieveRequest", "request"])
    func retrieve(_ name: String) throws {
        let body = """
            <retrieve><\(name)><apiVersion>61.0</apiVersion><singlePackage>true</singlePackage>
            <unpackaged><types><members>*</members><name>ApexClass</name></types><version>61.0</version></unpackaged>
            </\(name)></retrieve>
            """
        var manifest = PackageManifest(version: try #require(APIVersion("61.0")))
        try manifest.insert("*", of: "ApexClass")
        #expect(Self.call(body) == .retrieve(manifest, singlePackage: true))
    }

    @Test("The session is read, and every other header is dropped")
    func headers() throws {
        let header = """
            <CallOptions><client>x</client></CallOptions><SessionHeader><sessionId>00D!abc</sessionId></SessionHeader>
            <AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>
            """
        let request = try SOAPRequest(
            path: Self.path, body: Array(Self.envelope("<describeMetadata/>", header: header).utf8))
        #expect(request.sessionID == "00D!abc")
        #expect(try request.call(as: .anything).call == .describeMetadata(asOf: Self.version))
        let other = try SOAPRequest(path: Self.path, body: Array(Self.envelope("<describeMetadata/>").utf8))
        #expect(other.sessionID == nil)
    }

    @Test(
        "A call that writes, or is not known, is refused",
        arguments: [
            "<deploy><ZipFile>AAAA</ZipFile></deploy>", "<deployRecentValidation/>", "<cancelDeploy/>",
            "<createMetadata><metadata/></createMetadata>", "<updateMetadata/>", "<upsertMetadata/>",
            "<deleteMetadata/>",
            "<renameMetadata/>", "<create/>", "<update/>", "<delete/>", "<checkDeployStatus/>", "<newCallOf2030/>",
            "<DescribeMetadata/>", "<describeMetadata/><deploy/>", "<deploy/><describeMetadata/>", "",
            "<x:describeMetadata xmlns:x=\"urn:other\"/>", "<describeMetadata xmlns=\"\"/>",
            "<describeMetadata xmlns=\"urn:partner.soap.sforce.com\"/>",
            "<describeMetadata>text<asOfVersion/></describeMetadata>",
            "text<describeMetadata/>", "<describeMetadata href=\"#1\"/>", "<describeMetadata id=\"1\"/>",
        ])
    func unknown(_ body: String) {
        #expect(Self.code(Self.envelope(body)) == .readOnly)
    }

    @Test(
        "A document that is no plain envelope is refused",
        arguments: [
            "", " ", "x", "<a/>", "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"/>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]>" + "<a>&b;</a>", "<?xml version='1.0' encoding='utf-16'?><a/>",
            "<?x y?>" + envelopeText, envelopeText + "<!-- -->x", envelopeText + envelopeText,
            String(envelopeText.dropLast()),
            envelopeText.replacing("<e:Body>", with: "<e:Body><describeMetadata/></e:Body><e:Body>"),
            envelopeText.replacing("<e:Body>", with: "<e:Extra/><e:Body>"),
            envelopeText.replacing("e:Header", with: "e:Body"),
            envelopeText.replacing("<e:Header>", with: "<e:Header/><e:Header>"),
            envelopeText.replacing("<e:Header>", with: "<e:Header><SessionHeader/>"),
            envelopeText.replacing(
                "<e:Header>",
                with: "<e:Header><SessionHeader><sessionId>a</sessionId><sessionId>b</sessionId></SessionHeader>"),
            envelopeText.replacing(
                "<describeMetadata/>",
                with: String(repeating: "<a>", count: 800) + String(repeating: "</a>", count: 800)),
        ])
    func documents(_ text: String) {
        #expect(Self.code(text) == .readOnly)
    }

    private static let envelopeText = envelope("<describeMetadata/>")

    @Test("The text itself is accepted, also without a header")
    func plain() {
        #expect(Self.code(Self.envelopeText) == nil)
        #expect(Self.code(Self.envelopeText.replacing("<e:Header></e:Header>", with: "")) == nil)
        #expect(Self.code("\u{FEFF}" + Self.envelopeText) == nil)
    }

    @Test(
        "An argument that is not known, and a package without types, are refused",
        arguments: [
            "<describeMetadata><x/></describeMetadata>",
            "<describeMetadata><asOfVersion>68.0</asOfVersion></describeMetadata>",
            "<describeMetadata><asOfVersion>x</asOfVersion></describeMetadata>", "<listMetadata/>",
            "<listMetadata><queries><type>*</type></queries></listMetadata>", "<listMetadata><queries/></listMetadata>",
            "<listMetadata>" + String(repeating: "<queries><type>Role</type></queries>", count: 4) + "</listMetadata>",
            "<readMetadata><type>Role</type></readMetadata>",
            "<readMetadata><type>Role</type>" + String(repeating: "<fullNames>A</fullNames>", count: 11)
                + "</readMetadata>",
            "<retrieve/>", "<retrieve><retrieveRequest/><retrieveRequest/></retrieve>",
            "<retrieve><retrieveRequest/></retrieve>",
            "<retrieve><r><packageNames>a</packageNames></r></retrieve>",
            "<retrieve><r><specificFiles>a</specificFiles><unpackaged/></r></retrieve>",
            "<retrieve><r><rootTypesWithDependencies>Bot</rootTypesWithDependencies><unpackaged/></r></retrieve>",
            "<retrieve><r><unpackaged/></r></retrieve>",
            "<retrieve><r><unpackaged><types><name>Role</name></types></unpackaged></r></retrieve>",
            "<retrieve><r><unpackaged><types><members>A</members><name>*</name></types></unpackaged></r></retrieve>",
            "<retrieve><r><unpackaged><fullName>x</fullName><types><members>A</members><name>Role</name></types></unpackaged></r></retrieve>",
            "<checkRetrieveStatus><asyncProcessId>x</asyncProcessId></checkRetrieveStatus>",
            "<describeValueType><type>Layout</type></describeValueType>",
        ])
    func arguments(_ body: String) {
        #expect(Self.code(Self.envelope(body)) == .notAllowed)
    }

    @Test("Types with secrets are refused in every call, unless the handle names them")
    func types() {
        for type in ReadableTypes.withSecrets.sorted() {
            let bodies = [
                "<listMetadata><queries><type>\(type)</type></queries></listMetadata>",
                "<readMetadata><type>\(type)</type><fullNames>A</fullNames></readMetadata>",
                "<retrieve><r><unpackaged><types><members>*</members><name>\(type)</name></types></unpackaged></r></retrieve>",
                "<describeValueType><type>{http://soap.sforce.com/2006/04/metadata}\(type)</type></describeValueType>",
            ]
            for body in bodies {
                #expect(Self.code(Self.envelope(body)) == .notAllowed)
                #expect(Self.code(Self.envelope(body), types: ReadableTypes(named: [type])) == nil)
            }
        }
        let role = Self.envelope("<listMetadata><queries><type>Role</type></queries></listMetadata>")
        #expect(Self.code(role, types: ReadableTypes(named: ["ApexClass"])) == .notAllowed)
    }

    @Test(
        "Only the address of the Metadata API is known",
        arguments: [
            "/services/Soap/u/66.0", "/services/Soap/c/66.0", "/services/Soap/T/66.0", "/services/Soap/s/66.0",
            "/services/Soap/m", "/services/Soap/m/", "/services/Soap/m/v66.0", "/services/Soap/m/66.0/x/y/z",
            "/services/Soap/m/66.0/x.y",
            "/services/Soap/m/66.0/../u/66.0", "/services/soap/m/66.0", "//services/Soap/m/66.0",
            "/services/Soap/m/66.0?x",
            "/services/Soap/m/66.0/%2e%2e", "services/Soap/m/66.0",
        ])
    func addresses(_ path: String) {
        #expect(Self.code(Self.envelopeText, path: path) == .readOnly)
    }

    @Test("The org's id may follow, and a later version is refused")
    func paths() {
        #expect(Self.code(Self.envelopeText, path: "/services/Soap/m/66.0/00D000000000001EAA") == nil)
        #expect(Self.code(Self.envelopeText, path: "/services/Soap/m/66.0/deployRequest/\(Self.ticket)") == nil)
        #expect(Self.code(Self.envelopeText, path: "/services/Soap/m/68.0") == .notAllowed)
    }

    @Test("Much white space beside many elements does not take long, because each byte is looked at once")
    func whiteSpace() {
        let body = "<a>" + String(repeating: " ", count: 400_000) + String(repeating: "<b/>", count: 50_000) + "</a>"
        #expect(Self.code(Self.envelope(body)) == .readOnly)
    }
}
