import Testing

@testable import OrgSimulator

@Suite("Forms sent to Setup")
struct SetupFormTests {
    private func form(_ body: [UInt8], _ type: String, target: String = "/setup") -> SetupForm {
        var request = OrgRequest(method: "POST", target: target, host: "a", body: body, sourceAddress: "127.0.0.1")
        request.contentType = type
        return SetupForm(request)
    }

    @Test("All fields with one name are kept; white space at the ends of a field is removed")
    func fields() {
        let form = form(
            Array("a=1&a=2&b=+x%20y+&broken=%zz&c".utf8), "application/x-www-form-urlencoded", target: "/setup?q=3")
        #expect(form.all("a") == ["1", "2"])
        #expect(form["b"] == "x y")
        #expect(form.has("c"))
        #expect(!form.has("broken"))
        #expect(form["q"] == "3")
    }

    @Test("A file arrives byte for byte, whatever its content; a field beside it is text")
    func file() {
        let bytes: [UInt8] = Array(0...255) + Array("\r\n--edg\r\n".utf8)
        let head = "preamble\r\n--edge\r\nContent-Disposition: form-data; name=\"label\"\r\n\r\nÄ\r\n--edge\r\n"
        let part = "content-disposition: form-data; name=\"certificate\"; filename=\"\"\r\n\r\n"
        let body = Array((head + part).utf8) + bytes + Array("\r\n--edge--\r\n".utf8)
        let form = form(body, "Multipart/Form-Data; boundary=\"edge\"")
        #expect(form["label"] == "Ä")
        #expect(form.file("certificate") == bytes)
    }

    @Test(
        "A body that is not well-formed has no parts",
        arguments: [
            ("", "multipart/form-data; boundary=edge"), ("--edge", "multipart/form-data; boundary=edge"),
            ("--edge\r\n\r\n\r\n--edge--", "multipart/form-data; boundary=edge"),
            ("--edge\r\nContent-Disposition: form-data; name=a\r\n\r\nb", "multipart/form-data; boundary=edge"),
            ("--\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--", "multipart/form-data"),
            ("a=b", "text/plain"),
        ])
    func malformed(_ body: String, _ type: String) {
        let form = form(Array(body.utf8), type)
        #expect(form.fields.isEmpty)
        #expect(form.files.isEmpty)
    }
}
