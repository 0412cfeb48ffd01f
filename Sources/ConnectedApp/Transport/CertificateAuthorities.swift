internal import Foundation
package import NIOSSL

/// Certificates of authorities from a file: PEM with one or more certificates, or one certificate in DER.
///
/// A byte order mark and text around the blocks are ignored, and so are blocks of other kinds, such as private keys. If
/// one certificate is damaged, the whole file is rejected.
package struct CertificateAuthorities {
    /// The certificates in the order of the file; never empty.
    package let certificates: [NIOSSLCertificate]

    /// The certificates as PEM, without anything else.
    package let pem: String

    /// The maximum size of the file, in bytes.
    private static let limit = 1 << 20

    /// - Parameter path: The path of a file or a pipe, or `-` for standard input.
    /// - Throws: ``ConnectedAppError``: the errors of ``InputFile``, or `.certificateMalformed`, which names the file.
    package init(file path: String) throws(ConnectedAppError) {
        let bytes = try InputFile(path).read(atMost: Self.limit)
        do { try self.init(bytes) } catch { throw error.about(path) }
    }

    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed`. Its detail names the number and the line of a
    ///   damaged certificate.
    package init(_ bytes: [UInt8]) throws(ConnectedAppError) {
        guard bytes.contains(where: { !Self.isBlank($0) }) else { throw Self.malformed("The file is empty.") }
        if bytes.first == Self.sequenceTag {
            let certificate = try Self.certificate(der: bytes)
            certificates = [certificate]
            pem = PEMBlock(label: "CERTIFICATE", bytes: bytes).text
            return
        }
        var reader = PEMCertificateReader()
        for line in Self.text(bytes).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            try reader.read(line)
        }
        let blocks = try reader.finished()
        var certificates: [NIOSSLCertificate] = []
        for block in blocks {
            do { certificates.append(try NIOSSLCertificate(bytes: block.bytes, format: .der)) } catch {
                throw Self.malformed("\(block) is damaged. Its content is not an X.509 certificate.")
            }
        }
        self.certificates = certificates
        pem = blocks.map { PEMBlock(label: "CERTIFICATE", bytes: $0.bytes).text }.joined()
    }

    /// The first byte of a certificate in DER.
    private static let sequenceTag: UInt8 = 0x30

    private static func certificate(der: [UInt8]) throws(ConnectedAppError) -> NIOSSLCertificate {
        guard let certificate = try? NIOSSLCertificate(bytes: der, format: .der),
            let read = try? certificate.toDERBytes(), read.count == der.count
        else {
            throw malformed(
                "The file is binary, but not a single X.509 certificate in DER. Convert PKCS#7 to PEM with "
                    + "`openssl pkcs7 -inform der -print_certs`.")
        }
        return certificate
    }

    /// Decodes UTF-16 if the text begins with its byte order mark, and otherwise UTF-8.
    private static func text(_ bytes: [UInt8]) -> String {
        if [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(bytes.prefix(2))),
            let text = String(bytes: bytes, encoding: .utf16)
        {
            return text
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains(byte) }

    fileprivate static func malformed(_ detail: String) -> ConnectedAppError {
        ConnectedAppError(.certificateMalformed, detail: detail)
    }
}

/// Reads the certificates of a PEM text line by line. It rejects the text at the first damaged certificate. If it
/// skipped that one, aprity would trust fewer authorities than the file contains, and nobody would notice.
private struct PEMCertificateReader {
    struct Block: CustomStringConvertible {
        /// The certificate's number, from 1.
        let number: Int
        /// The number of its BEGIN line, from 1.
        let line: Int
        let bytes: [UInt8]

        var description: String { "Certificate \(number) (line \(line))" }
    }

    private var blocks: [Block] = []
    /// The block that is being read.
    private var current: (label: String, line: Int, base64: String)?
    private var line = 0
    /// The labels of blocks that contain no certificate.
    private var otherLabels: [String] = []

    private static let labels: Set = ["CERTIFICATE", "X509 CERTIFICATE"]

    mutating func read(_ text: Substring) throws(ConnectedAppError) {
        line += 1
        let text = String(text).trimmingPasteArtifacts
        if let label = Self.label(text, "-----BEGIN ") {
            try checkEnd()
            current = (label, line, "")
        } else if let label = Self.label(text, "-----END ") {
            try end(label)
        } else if text.contains("BEGIN CERTIFICATE-") || text.contains("END CERTIFICATE-") {
            throw damaged(current?.line ?? line, "Line \(line) must contain only a BEGIN or END line.")
        } else {
            current?.base64 += text
        }
    }

    private func checkEnd() throws(ConnectedAppError) {
        guard let current, Self.labels.contains(current.label) else { return }
        throw damaged(current.line, "It has no END line.")
    }

    private mutating func end(_ label: String) throws(ConnectedAppError) {
        guard let begun = current else {
            guard Self.labels.contains(label) else { return }
            throw damaged(line, "It has no BEGIN line.")
        }
        current = nil
        guard Self.labels.contains(begun.label) else {
            otherLabels.append(begun.label)
            return
        }
        guard label == begun.label else { throw damaged(begun.line, "It has no END line.") }
        guard !begun.base64.isEmpty, let data = Data(base64Encoded: begun.base64) else {
            throw damaged(begun.line, "Its content is not base64.")
        }
        blocks.append(Block(number: blocks.count + 1, line: begun.line, bytes: [UInt8](data)))
    }

    consuming func finished() throws(ConnectedAppError) -> [Block] {
        try checkEnd()
        guard blocks.isEmpty else { return blocks }
        let others = Set(otherLabels).sorted().joined(separator: ", ")
        throw CertificateAuthorities.malformed(
            others.isEmpty
                ? "The file contains no certificate: there is no line -----BEGIN CERTIFICATE-----."
                : "The file contains no certificate, only \(others).")
    }

    private func damaged(_ line: Int, _ reason: String) -> ConnectedAppError {
        CertificateAuthorities.malformed("Certificate \(blocks.count + 1) (line \(line)) is damaged. \(reason)")
    }

    private static func label(_ line: String, _ start: String) -> String? {
        guard line.hasPrefix(start), line.hasSuffix("-----"), line.count > start.count + 5 else { return nil }
        let label = line.dropFirst(start.count).dropLast(5)
        return label.count <= 40 && !label.contains("-") ? String(label) : nil
    }
}
