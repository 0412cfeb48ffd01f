import Foundation

/// The certificate that a form brought, as a file (PEM or DER) or as text.
enum CertificateUpload {
    /// - Returns: What an app's slot takes, or nil when the form brought none.
    /// - Throws: A refusal of one sentence, which never quotes the file.
    static func certificatePEM(in form: SetupForm) throws(SetupRefusal) -> String? {
        if let bytes = form.file("certificate") { return try certificatePEM(bytes) }
        guard let text = form["certificateText"], !text.isEmpty else { return nil }
        return try certificatePEM(Array(text.utf8))
    }

    private static func certificatePEM(_ bytes: [UInt8]) throws(SetupRefusal) -> String {
        guard bytes.count <= UploadedCertificate.sizeLimit else { throw refusal("the file is larger than 4 KB.") }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.contains("PRIVATE KEY") {
            throw refusal("the file holds a private key, which never belongs here; choose the certificate.")
        }
        let isText = String(bytes: bytes, encoding: .utf8) != nil
        let slot = isText ? text.trimmingCharacters(in: .whitespacesAndNewlines) : Data(bytes).base64EncodedString()
        do {
            _ = try UploadedCertificate(slot)
        } catch .unreadable {
            throw refusal("the file is no X.509 certificate in PEM or DER.")
        } catch {
            throw refusal(error.description)
        }
        return slot
    }

    private static func refusal(_ why: String) -> SetupRefusal { SetupRefusal("Nothing was saved: \(why)") }
}
