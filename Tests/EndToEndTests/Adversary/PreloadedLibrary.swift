internal import Foundation
internal import Subprocess
internal import Testing

/// A library of `Tests/Tools` that is preloaded (`LD_PRELOAD`) and makes system calls fail.
enum PreloadedLibrary {
    /// - Parameter source: The name of a C file in `Tests/Tools`.
    /// - Returns: The path of the library.
    static func compiled(_ source: String) async throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "aprity-\(UUID().uuidString).so").path
        let result = try await Subprocess.run(
            .name("clang"),
            arguments: ["-shared", "-fPIC", "-o", path, ManagedOrg.packageFolder + "/Tests/Tools/" + source, "-ldl"],
            output: .discarded, error: .string(limit: 1 << 16))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return path
    }
}
