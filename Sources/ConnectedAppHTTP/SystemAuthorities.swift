package import ConnectedApp
internal import Foundation
internal import NIOSSL

/// The certificate authorities that this machine trusts: the system's, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///
/// As in OpenSSL, curl and Go, `SSL_CERT_FILE` replaces the system's file and `SSL_CERT_DIR` the system's folder. If
/// only one of them is set, the system's other one stays in use.
package struct SystemAuthorities: Sendable, Equatable {
    package static let fileVariable = "SSL_CERT_FILE"
    package static let foldersVariable = "SSL_CERT_DIR"

    /// The value of `SSL_CERT_FILE`; `nil` for the system's file.
    package let file: String?
    /// The value of `SSL_CERT_DIR`: folders, separated by colons; `nil` for the system's folder.
    package let folders: String?

    /// The system's certificate authorities, regardless of the environment.
    package static let standard = SystemAuthorities(environment: [:])

    package init(environment: [String: String]) {
        file = environment.firstSet([Self.fileVariable])?.value
        folders = environment.firstSet([Self.foldersVariable])?.value
    }

    /// The paths of the system's file: on Debian, Ubuntu, Arch and Alpine, then on Fedora. The first that exists is
    /// used.
    private static let systemFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    private static let systemFolder = "/etc/ssl/certs"

    /// The certificates in `SSL_CERT_FILE`.
    ///
    /// - Returns: `nil` if the variable is not set.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the variable as its subject if the file is
    ///   missing, cannot be read or is damaged.
    package func givenFile() throws(ConnectedAppError) -> CertificateAuthorities? {
        guard let file else { return nil }
        do { return try CertificateAuthorities(file: file) } catch {
            throw ConnectedAppError(.configurationMalformed, subject: Self.fileVariable, detail: error.description)
        }
    }

    /// The folders in `SSL_CERT_DIR` that exist.
    ///
    /// - Returns: `nil` if the variable is not set.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the variable as its subject if none exists.
    package func givenFolders() throws(ConnectedAppError) -> [String]? {
        guard let folders else { return nil }
        let present = folders.split(separator: ":").map(String.init).filter(Self.isFolder)
        guard !present.isEmpty else {
            throw ConnectedAppError(
                .configurationMalformed, subject: Self.foldersVariable,
                detail: "None of these folders exists: \(folders)")
        }
        return present
    }

    /// Returns the trust roots for the TLS library, and further ones that it must trust as well.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the variable, or the system's file, as its
    ///   subject.
    func roots() throws(ConnectedAppError) -> (NIOSSLTrustRoots, [NIOSSLAdditionalTrustRoots]) {
        guard file != nil || folders != nil else { return (.default, []) }
        let folders = try givenFolders() ?? [Self.systemFolder].filter(Self.isFolder)
        var certificates =
            if let given = try givenFile() { given.certificates } else { try Self.certificatesOfSystemFile() }
        // The TLS library can look up certificates in one folder only. Those of the other folders are loaded here.
        for folder in folders.dropFirst() { certificates += Self.certificates(in: folder) }
        return (folders.first.map { .file($0) } ?? .certificates([]), [.certificates(certificates)])
    }

    private static func certificatesOfSystemFile() throws(ConnectedAppError) -> [NIOSSLCertificate] {
        guard let file = systemFiles.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return [] }
        do { return try NIOSSLCertificate.fromPEMFile(file) } catch {
            throw ConnectedAppError(.configurationMalformed, subject: file, detail: "The file cannot be read as PEM.")
        }
    }

    /// Returns the certificates in a folder's files with hash names, as `openssl rehash` creates them. Unreadable files
    /// are skipped, as OpenSSL does.
    private static func certificates(in folder: String) -> [NIOSSLCertificate] {
        hashNames(in: folder).flatMap { name in
            (try? CertificateAuthorities(file: folder + "/" + name))?.certificates ?? []
        }
    }

    /// Whether a folder of `SSL_CERT_DIR` contains a file with a hash name. Only such files are looked up. `false` if
    /// the variable is not set.
    package var foldersHaveHashes: Bool {
        folders?.split(separator: ":").contains { !Self.hashNames(in: String($0)).isEmpty } ?? false
    }

    private static func hashNames(in folder: String) -> [String] {
        // A folder that cannot be listed counts as empty.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.wholeMatch(of: /[0-9a-f]{8}\.[0-9]+/) != nil }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
