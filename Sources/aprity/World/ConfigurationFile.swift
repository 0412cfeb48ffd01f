internal import ConnectedApp
internal import Foundation

/// The configuration file: a JSON object with a member for each setting that it can contain.
///
/// It is read and validated here, not by swift-configuration, whose JSON provider reads `true` as the port 1, ignores
/// an object in place of a path and accepts unknown members.
struct ConfigurationFile {
    /// The file's path; empty if the user has no home.
    let path: String
    /// The settings in the file.
    let values: [Setting: String]
    private let exists: Bool

    /// The file's row in `aprity config`.
    var setting: SettingValue {
        SettingValue(name: "configurationFile", value: path, source: exists ? "default" : "absent")
    }

    /// The property names are the members of the file.
    private struct Members: Decodable {
        var home: String?
        var masterKeyFile: String?
        var port: Int?
        var noStartToken: Bool?
    }

    /// Reads the file of this user. If it is missing, there are no values.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the file is not such an object, or
    ///   `.fileUnreadable` if it cannot be read.
    static func read(_ folders: XDGFolders) throws -> ConfigurationFile {
        let path = folders.config.map { $0 + "/aprity/config.json" } ?? ""
        guard FileManager.default.fileExists(atPath: path) else {
            return ConfigurationFile(path: path, values: [:], exists: false)
        }
        let bytes = try InputFile(path).read(atMost: 65_536)
        let known = Setting.allCases.filter(\.declaration.isFileMember).map(\.rawValue)
        func malformed(_ detail: String) -> ConnectedAppError {
            ConnectedAppError(
                .configurationMalformed, subject: path, detail: detail,
                remedy: "Correct the file, or move it away. Until then, `aprity config` fails too.")
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw malformed(
                "The file is not a JSON object with the optional members home, masterKeyFile, port and noStartToken.")
        }
        if let unknown = object.keys.filter({ !known.contains($0) }).min() {
            throw malformed("Unknown setting \(unknown). Known settings: \(known.joined(separator: ", ")).")
        }
        if let repeated = JSONMemberNames(of: bytes).firstRepeated {
            throw malformed("The file contains the setting \(repeated) twice.")
        }
        let members: Members
        do { members = try JSONDecoder().decode(Members.self, from: Data(bytes)) } catch let error as DecodingError {
            // Foundation does not name the member of a number that is no Int.
            let name = error.memberName ?? Setting.port.rawValue
            let kinds = [
                Setting.port.rawValue: "a whole number without quotation marks",
                Setting.noStartToken.rawValue: "true or false",
            ]
            let kind = kinds[name] ?? "a text"
            throw malformed("The value of \(name) must be \(kind).")
        }
        var values: [Setting: String] = [:]
        // An empty home counts as missing, an empty master key file does not: see
        // ``StoreOptions/given(port:noStartToken:)``.
        values[.home] = members.home.flatMap { $0.isEmpty ? nil : $0 }
        values[.masterKeyFile] = members.masterKeyFile
        values[.port] = members.port.map(String.init)
        values[.noStartToken] = members.noStartToken.map { $0 ? "yes" : "no" }
        return ConfigurationFile(path: path, values: values, exists: true)
    }
}

extension DecodingError {
    /// The name of the member that cannot be decoded; `nil` if it is the document itself.
    fileprivate var memberName: String? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context.codingPath.first?.stringValue
        @unknown default: nil
        }
    }
}
