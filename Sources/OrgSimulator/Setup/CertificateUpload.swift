import Foundation

/// Reads the certificate that a form contains as a file (PEM or DER) or as text.
enum CertificateUpload {
    /// - Returns: The certificate as ``App/certificatePEM`` stores it, or `nil` if the form contains none.
    /// - Throws: ``SetupRefusal`` if the certificate cannot be used. Its sentence never quotes the file, which might be
    ///   a private key.
    static func certificatePEM(in form: SetupForm) throws(SetupRefusal) -> String? {
        if let bytes = form.file("certificate") { return try certificatePEM(bytes) }
        guard let text = form["certificateText"], !text.isEmpty else { return nil }
        return try certificatePEM(Array(text.utf8))
    }

    private static func certificatePEM(_ bytes: [UInt8]) throws(SetupRefusal) -> String {
        do {
            guard !bytes.isEmpty else { throw UploadedCertificate.Problem.empty }
            guard let text = text(bytes) else {
                _ = try UploadedCertificate(der: bytes)
                return Data(bytes).base64EncodedString()
            }
            guard text.utf8.count <= UploadedCertificate.sizeLimit else { throw UploadedCertificate.Problem.tooLarge }
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !trimmed.isEmpty else { throw UploadedCertificate.Problem.empty }
            _ = try UploadedCertificate(trimmed)
            return trimmed
        } catch UploadedCertificate.Problem.tooLarge {
            throw refusal("the certificate is larger than 4 KB.")
        } catch UploadedCertificate.Problem.unreadable {
            throw refusal("this is not an X.509 certificate in PEM or DER.")
        } catch {
            throw refusal("\(error)")
        }
    }

    /// Decodes UTF-8 text, or UTF-16 text that begins with a byte order mark. Drops the mark.
    ///
    /// - Returns: `nil` if the bytes are not text.
    private static func text(_ bytes: [UInt8]) -> String? {
        switch (bytes.first, bytes.dropFirst().first) {
        case (0xFF, 0xFE): String(bytes: bytes.dropFirst(2), encoding: .utf16LittleEndian)
        case (0xFE, 0xFF): String(bytes: bytes.dropFirst(2), encoding: .utf16BigEndian)
        case (0xEF, 0xBB): String(bytes: bytes.dropFirst(3), encoding: .utf8)
        default: String(bytes: bytes, encoding: .utf8)
        }
    }

    private static func refusal(_ why: String) -> SetupRefusal { SetupRefusal("Nothing was saved: \(why)") }
}
