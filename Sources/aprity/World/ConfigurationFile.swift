internal import ConnectedApp
internal import Foundation

/// The configuration file: a JSON object with a member for each setting that may be in it.
///
/// It is read and checked here, not by swift-configuration: the library's JSON provider reads `true` as the port 1, ignores an object in
/// place of a path and takes members that do not exist.
struct ConfigurationFile {
    /// Empty if the user has no home.
    let path: String
    /// What the file says.
    let values: [Setting: String]
    private let exists: Bool

    /// For `aprity config`.
    var setting: SettingValue {
        SettingValue(name: "configurationFile", value: path, source: exists ? "default" : "absent")
    }

    private struct Members: Decodable {
        var home: String?
        var masterKeyFile: String?
        var port: Int?
    }

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the file is no such object, or `.fileUnreadable`.
    static func read(_ folders: XDGFolders) throws -> ConfigurationFile {
        let path = folders.config.map { $0 + "/aprity/config.json" } ?? ""
        guard FileManager.default.fileExists(atPath: path) else {
            return ConfigurationFile(path: path, values: [:], exists: false)
        }
        let bytes = try InputFile(path).read(atMost: 65_536)
        let known = Setting.allCases.filter(\.declaration.isFileMember).map(\.rawValue)
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let members = try? JSONDecoder().decode(Members.self, from: Data(bytes))
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: path,
                detail: "This is not a JSON object with the members home, masterKeyFile and port, each optional.")
        }
        if let unknown = object.keys.filter({ !known.contains($0) }).min() {
            throw ConnectedAppError(.configurationMalformed, subject: path, detail: "There is no setting \(unknown).")
        }
        var values: [Setting: String] = [:]
        values[.home] = members.home.flatMap { $0.isEmpty ? nil : $0 }
        // An empty path is not ignored: the key that would be used then is not the one that is meant.
        values[.masterKeyFile] = members.masterKeyFile
        values[.port] = members.port.map(String.init)
        return ConfigurationFile(path: path, values: values, exists: true)
    }
}
