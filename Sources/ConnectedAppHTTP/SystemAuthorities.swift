package import ConnectedApp
internal import Foundation
internal import NIOSSL

/// The certificate authorities that this machine trusts: the system's, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///
/// As with OpenSSL, curl and Go, the file stands in for the system's file, and the folder for the system's folder. So each
/// alone leaves the other in force.
package struct SystemAuthorities: Sendable, Equatable {
    package static let fileVariable = "SSL_CERT_FILE"
    package static let foldersVariable = "SSL_CERT_DIR"

    /// Of `SSL_CERT_FILE`; `nil`: the system's.
    package let file: String?
    /// Of `SSL_CERT_DIR`, separated by colons; `nil`: the system's.
    package let folders: String?

    /// Those of the system, whatever the environment says.
    package static let standard = SystemAuthorities(environment: [:])

    package init(environment: [String: String]) {
        file = environment.firstSet([Self.fileVariable])?.value
        folders = environment.firstSet([Self.foldersVariable])?.value
    }

    /// Where Debian, Ubuntu, Arch and Alpine, then Fedora have their file.
    private static let systemFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    private static let systemFolder = "/etc/ssl/certs"

    /// The certificates of the file.
    ///
    /// - Returns: `nil` if the variable is not set.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming the variable: the file is missing, cannot be read,
    ///   or is damaged.
    package func givenFile() throws(ConnectedAppError) -> CertificateAuthorities? {
        guard let file else { return nil }
        do { return try CertificateAuthorities(file: file) } catch {
            throw ConnectedAppError(.configurationMalformed, subject: Self.fileVariable, detail: error.description)
        }
    }

    /// The folders that exist.
    ///
    /// - Returns: `nil` if the variable is not set.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming the variable, if there is none.
    package func givenFolders() throws(ConnectedAppError) -> [String]? {
        guard let folders else { return nil }
        let present = folders.split(separator: ":").map(String.init).filter(Self.isFolder)
        guard !present.isEmpty else {
            throw ConnectedAppError(
                .configurationMalformed, subject: Self.foldersVariable, detail: "\(folders): There is no such folder.")
        }
        return present
    }

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming the variable, or the system's file.
    func roots() throws(ConnectedAppError) -> (NIOSSLTrustRoots, [NIOSSLAdditionalTrustRoots]) {
        guard file != nil || folders != nil else { return (.default, []) }
        let folders = try givenFolders() ?? [Self.systemFolder].filter(Self.isFolder)
        var certificates =
            if let given = try givenFile() { given.certificates } else { try Self.certificatesOfSystemFile() }
        // The library looks a certificate up in one folder, when it needs it; those of the others are loaded.
        for folder in folders.dropFirst() { certificates += Self.certificates(in: folder) }
        return (folders.first.map { .file($0) } ?? .certificates([]), [.certificates(certificates)])
    }

    private static func certificatesOfSystemFile() throws(ConnectedAppError) -> [NIOSSLCertificate] {
        guard let file = systemFiles.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return [] }
        do { return try NIOSSLCertificate.fromPEMFile(file) } catch {
            throw ConnectedAppError(.configurationMalformed, subject: file, detail: "It cannot be read as PEM.")
        }
    }

    /// Those of the files that `openssl rehash` names. One that cannot be read is passed over, as OpenSSL does.
    private static func certificates(in folder: String) -> [NIOSSLCertificate] {
        hashNames(in: folder).flatMap { name in
            (try? CertificateAuthorities(file: folder + "/" + name))?.certificates ?? []
        }
    }

    /// Whether a folder of `SSL_CERT_DIR` holds a certificate by the name that it is looked up by.
    package var foldersHaveHashes: Bool {
        folders?.split(separator: ":").contains { !Self.hashNames(in: String($0)).isEmpty } ?? false
    }

    private static func hashNames(in folder: String) -> [String] {
        // A folder that cannot be listed has none to show.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.wholeMatch(of: /[0-9a-f]{8}\.[0-9]+/) != nil }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
