internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// The options of a pull.
public struct PullRequest: Sendable {
    /// The path of the folder to create. Its parent folder must exist. An empty folder may exist at the path.
    var target: String
    /// Whether any former pull at the target is replaced. Entries that no pull wrote stay. If `false`, a former pull is
    /// brought up to date if it had the same types; any other is an error.
    var replace: Bool
    /// Whether everything is retrieved, also what has not changed since the former pull at the target. Ignored if there is a
    /// package.
    var isFull: Bool
    /// Whether an interrupted pull is forgotten instead of resumed.
    var restarts: Bool
    /// The metadata types to pull; `nil`: all. Ignored if there is a package.
    var types: Set<String>?
    /// A `package.xml` that says what to pull; `nil`: everything that the org lists.
    var package: PackageFile?
    /// Whether components of installed packages are pulled too. Ignored if there is a package.
    var includesInstalled: Bool
    /// How many retrieves may run at the same time.
    var parallel: Int
    /// How many calls to the org's API the pull may make; `nil` for as many as the org has left, but for a reserve.
    var maxAPICalls: Int?
    /// The largest weight of a retrieve, in files, as far as it can be estimated.
    var partLimit = RetrieveSchedule.Options.usualLimit
    /// The connection's name, for the record of the pull; `nil` without a store.
    var connection: String?

    /// The default of ``parallel``.
    public static let usualParallel = 4

    public init(
        target: String, replace: Bool = false, isFull: Bool = false, restarts: Bool = false,
        types: Set<String>? = nil,
        package: PackageFile? = nil,
        includesInstalled: Bool = false, parallel: Int = usualParallel, maxAPICalls: Int? = nil
    ) {
        self.target = target
        self.replace = replace
        self.isFull = isFull
        self.restarts = restarts
        self.types = types
        self.package = package
        self.includesInstalled = includesInstalled
        self.parallel = parallel
        self.maxAPICalls = maxAPICalls
    }
}

extension PullRequest {
    /// What the pull contains, if the org's lists say so; `nil` if there is a package. Only such a pull can be brought up to date.
    var scope: PullListing.Scope? {
        package == nil ? PullListing.Scope(types: types, includesInstalled: includesInstalled) : nil
    }

    /// Which folder at the target may be replaced.
    var replacing: ReplaceablePull { replace ? .any : scope.map(ReplaceablePull.pull) ?? .none }
}

/// The content of a `package.xml`, with the path from which it was read.
public struct PackageFile: Sendable {
    /// Used only in messages; `-` is standard input.
    let path: String
    /// The bytes of the file, which need not be valid.
    let content: [UInt8]

    public init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }

    /// Parses the content.
    ///
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed`, which names the problems.
    func manifest() throws(ConnectedAppError) -> PackageManifest {
        let (problems, count) = PackageManifest.problems(in: content)
        guard problems.isEmpty else {
            let more = count > problems.count ? ["and \(count - problems.count) more."] : []
            throw ConnectedAppError(
                .inputMalformed, subject: InputFile(path).shownName,
                detail: (problems.map(\.description) + more).joined(separator: " "), remedy: remedy(problems[0].kind))
        }
        do { return try PackageManifest(parsing: content) } catch {
            throw ConnectedAppError(
                .inputMalformed, subject: InputFile(path).shownName, detail: error.description)
        }
    }

    /// Returns what to do about the problems of the file. The first problem decides.
    private func remedy(_ first: ManifestProblem.Kind) -> String {
        switch first {
        case .emptyFile: "Check the file, or the command that its content comes from."
        case .cutOff: "Get the whole file again."
        case .notUTF8, .xml(.encoding(_)):
            FileHint.text(path, savedAs: "given.xml") { name in
                let encoding = ShellWord(PackageManifest.foreignEncoding(of: content) ?? "UTF-16")
                // Remove the encoding from the declaration too: it would still name the former one.
                return
                    "Convert it: `iconv -f \(encoding) -t UTF-8 \(name) | sed '1s/ encoding=[^ ?]*//' > converted.xml`."
            }
        case .xml, .root, .rootNamespace, .unknownElement, .elementNamespace, .unknownAttribute, .misplacedText, .empty,
            .typeWithoutMembers, .typeWithoutName, .repeated, .typeName, .versionMissing, .version:
            "Fix the named problems. For an example, see Sample package.xml Manifest Files in the Metadata API Developer Guide."
        }
    }
}
