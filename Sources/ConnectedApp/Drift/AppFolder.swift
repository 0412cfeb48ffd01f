internal import Foundation
internal import MetadataAPI

/// The files of apps in a folder that an admin retrieved (`sf project retrieve start`), in source or metadata format.
/// Subfolders are included; other files are ignored.
struct AppFolder {
    /// A file of an app, with its parsed XML.
    struct File: Sendable {
        let path: String
        /// The file's name without its extensions. For a `.connectedApp` or `.eca` file, this is the app's API name.
        let name: String
        /// The root element.
        let element: MetadataElement
        let bytes: [UInt8]
    }

    private let path: String
    /// Sorted by path.
    let files: [File]

    /// The name of the root element, by the file's extension.
    private static let suffixes = [
        "connectedApp": "ConnectedApp", "eca": "ExternalClientApplication",
        "ecaGlblOauth": "ExtlClntAppGlobalOauthSettings", "ecaOauth": "ExtlClntAppOauthSettings",
        "ecaOauthPlcy": "ExtlClntAppOauthConfigurablePolicies", "ecaPlcy": "ExtlClntAppConfigurablePolicies",
    ]

    /// The maximum number of files and subfolders in the folder. A large project has some ten thousand.
    private static let mostFiles = 200_000
    /// The maximum size of an app's file, in bytes.
    private static let largestFile = 1 << 20

    /// Reads and parses the files of apps.
    ///
    /// - Throws: ``ConnectedAppError``: `.fileMissing`; `.fileUnreadable` if the folder or a file cannot be read;
    ///   `.inputMalformed` if the folder has too many files, or a file is not valid XML of its type. The error names
    ///   the file.
    init(path: String) throws(ConnectedAppError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ConnectedAppError(.fileMissing, subject: path)
        }
        guard isFolder.boolValue, let walker = FileManager.default.enumerator(atPath: path) else {
            throw ConnectedAppError(.fileUnreadable, subject: path, detail: "This is not a readable folder.")
        }
        var found: [File] = []
        var count = 0
        while let relative = walker.nextObject() as? String {
            count += 1
            guard count <= Self.mostFiles else {
                throw ConnectedAppError(
                    .inputMalformed, subject: path,
                    detail: "The folder has more than \(Self.mostFiles) files. Give the folder that "
                        + "contains the app's files, not the whole project.")
            }
            guard let (name, type) = Self.component(relative) else { continue }
            found.append(try Self.file(path + "/" + relative, name, type))
        }
        self.path = path
        files = found.sorted { $0.path < $1.path }
    }

    /// - Returns: The file's name without its extensions, and the name of its root element; `nil` if it is not an
    ///   app's file.
    private static func component(_ path: String) -> (name: String, type: String)? {
        var file = path.split(separator: "/").last.map(String.init) ?? path
        if file.hasSuffix("-meta.xml") { file = String(file.dropLast("-meta.xml".count)) }
        guard let point = file.lastIndex(of: "."), let type = suffixes[String(file[file.index(after: point)...])] else {
            return nil
        }
        return (String(file[..<point]), type)
    }

    private static func file(_ path: String, _ name: String, _ type: String) throws(ConnectedAppError) -> File {
        let bytes = try RegularFile(path).read(atMost: largestFile)
        do {
            let element = try MetadataElement(document: bytes)
            guard element.name == type else {
                throw ConnectedAppError(.inputMalformed, subject: path, detail: "The file contains no \(type).")
            }
            return File(path: path, name: name, element: element, bytes: bytes)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(
                .inputMalformed, subject: path, detail: "The file's XML cannot be read.", evidence: ["xml": "\(error)"])
        }
    }

    /// Returns the app with this Consumer Key. If no file has it, returns the app of the only file without a Consumer
    /// Key.
    ///
    /// - Parameter consumerKey: `nil` if the connection has none yet.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if there is no such app, or if several files have no
    ///   Consumer Key.
    func app(_ kind: AppKind, consumerKey: String?) throws(ConnectedAppError) -> OrgApp {
        let file = try certificateFile(kind, consumerKey: consumerKey)
        switch kind {
        case .connectedApp: return OrgApp(connectedApp: file.element, name: file.name)
        case .externalClientApp:
            let name = file.element.value("externalClientApplication") ?? file.name
            let parts = files.filter { $0.name == name || $0.element.value("externalClientApplication") == name }
            return OrgApp(externalClientApp: parts.map(\.element), name: name)
        }
    }

    /// Returns the file that contains the app's certificate and, unless it was removed, its Consumer Key. Chooses and
    /// throws as ``app(_:consumerKey:)`` does.
    func certificateFile(_ kind: AppKind, consumerKey: String?) throws(ConnectedAppError) -> File {
        let type = kind == .connectedApp ? "ConnectedApp" : "ExtlClntAppGlobalOauthSettings"
        let candidates = files.filter { $0.element.name == type }
        let keys = candidates.map {
            ($0, $0.element["oauthConfig"]?.value("consumerKey") ?? $0.element.value("consumerKey"))
        }
        if let consumerKey, let ours = keys.first(where: { $0.1 == consumerKey }) { return ours.0 }
        // Consumer Keys are often removed before files are committed to a repository.
        let keyless = keys.filter { $0.1 == nil }
        if keyless.count == 1 { return keyless[0].0 }
        throw ConnectedAppError(
            .inputMalformed, subject: path,
            detail: Self.noFile(type, kind, of: candidates.count, hasKey: consumerKey != nil))
    }

    /// Returns the reason why no file can be chosen.
    ///
    /// - Parameters:
    ///   - count: The number of files of the type.
    ///   - hasKey: Whether the connection has a Consumer Key.
    private static func noFile(_ type: String, _ kind: AppKind, of count: Int, hasKey: Bool) -> String {
        guard count > 0 else {
            return
                "The folder has no file of the type \(type), which every retrieved \(kind.label) has. Retrieve the app, "
                + "or give the folder that contains it."
        }
        guard hasKey else {
            return
                "The connection has no Consumer Key yet, so the folder must have exactly one file of the type \(type) "
                + "without a Consumer Key."
        }
        return "None of the folder's files of the type \(type) (\(count)) has this connection's Consumer Key, and not "
            + "exactly one of them is without a Consumer Key."
    }
}
