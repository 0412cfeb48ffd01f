import Foundation

/// How a caller's `deploy` is handled.
enum DeployAccess: Sendable {
    /// The service has no org to deploy to. The call is refused as not supported.
    case notSimulated
    /// The user lacks the permissions.
    case forbidden
    /// The closure deploys and returns the result.
    case granted(@Sendable (DeployRequest) async -> DeployOutcome)
}

/// A `deploy` call: the archive and its options.
struct DeployRequest: Sendable {
    /// The supported members of `DeployOptions`.
    struct Options: Sendable {
        var allowsMissingFiles = false
        /// Only validates; changes nothing.
        var checkOnly = false
        var ignoresWarnings = false
        var rollsBackOnError = false
        /// The package is at the top of the archive, not in a folder of its own.
        var isSinglePackage = false
    }

    var archive: [UInt8]
    var options = Options()

    /// - Parameter operation: The `deploy` element. Some clients write `zipFile` and `deployOptions`, others capitalize
    ///   the first letter. Options that are not supported are ignored.
    /// - Throws: ``SOAPFault`` if there is no `zipFile`, or it is not base64.
    init(_ operation: XMLTree) throws(SOAPFault) {
        func child(_ name: String) -> XMLTree? {
            operation.children.first { $0.localName.lowercased() == name.lowercased() }
        }
        guard let text = child("zipFile")?.trimmedText,
            let archive = Data(base64Encoded: text, options: .ignoreUnknownCharacters)
        else { throw .client("deploy requires a zipFile in base64") }
        self.archive = [UInt8](archive)
        guard let chosen = child("deployOptions") else { return }
        options.allowsMissingFiles = chosen.flag("allowMissingFiles") ?? false
        options.checkOnly = chosen.flag("checkOnly") ?? false
        options.ignoresWarnings = chosen.flag("ignoreWarnings") ?? false
        options.rollsBackOnError = chosen.flag("rollbackOnError") ?? false
        options.isSinglePackage = chosen.flag("singlePackage") ?? false
    }
}
