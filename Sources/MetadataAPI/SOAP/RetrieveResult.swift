/// The reply to `checkRetrieveStatus`. Whether the job is done or failed is for ``Retrieval``, which drives it.
public struct RetrieveResult: Equatable, Sendable {
    /// The raw values are the org's. A reply with any other status is rejected.
    enum Status: String, Sendable {
        case pending = "Pending"
        case inProgress = "InProgress"
        case succeeded = "Succeeded"
        case failed = "Failed"
    }

    /// A warning of a job, for example that a named component was not found. The job can still succeed.
    public struct Message: Equatable, Sendable {
        /// The file that the warning is about; `nil` if the org did not send it.
        let fileName: String?
        /// The org's text, unchanged.
        public let problem: String

        init(fileName: String?, problem: String) {
            self.fileName = fileName
            self.problem = problem
        }

        /// The type and the name that the text quotes, in this order; `nil` if it does not quote two things. The
        /// source-deploy-retrieve library of the Salesforce CLI parses the text in the same way.
        public var quoted: (type: String, name: String)? {
            let pieces = problem.split(separator: "'", omittingEmptySubsequences: false)
            // A name can contain quotation marks.
            return pieces.count >= 5 ? (String(pieces[1]), pieces[3..<(pieces.count - 1)].joined(separator: "'")) : nil
        }

        /// The type and the name of a component that the org could not load: `… Load of metadata from db failed for
        /// metadata of type:T and file name:N.` (salto-io/salto, `src/constants.ts`). `nil` for other texts.
        private var unloaded: (type: String, name: String)? {
            guard let start = problem.firstRange(of: "metadata of type:"),
                let middle = problem[start.upperBound...].firstRange(of: " and file name:")
            else { return nil }
            let name = problem[middle.upperBound...]
            return (
                String(problem[start.upperBound..<middle.lowerBound]),
                String(name.hasSuffix(".") ? name.dropLast() : name)
            )
        }

        /// Whether the text names a component or a type that was not delivered.
        public var isAboutComponent: Bool { undelivered != nil }

        /// What was not delivered, according to the text: a member, or a whole type if the text quotes only a type
        /// (`Entity type: 'T' is unknown`, `Entity type 'T' is not available in this api version`). `nil` if the text
        /// quotes nothing.
        var undelivered: PackageManifest.Undelivered? {
            if let (type, name) = quoted ?? unloaded { return .member(name, type: type) }
            let pieces = problem.split(separator: "'", omittingEmptySubsequences: false)
            return pieces.count == 3 ? .type(String(pieces[1])) : nil
        }
    }

    /// A delivered file, of which the org says more. An archive has up to 10,000, so only what is used is kept.
    public struct File: Equatable, Sendable {
        /// The path in the archive; `nil` if the org did not send it.
        let fileName: String?
        /// The type and the name of the component that the file belongs to. The type is `nil` if the org did not send it.
        public let type: String?
        public let fullName: String

        static let elements: Set<String> = ["fileName", "type", "fullName"]

        init(type: String?, fullName: String, fileName: String? = nil) {
            self.fileName = fileName
            self.type = type
            self.fullName = fullName
        }

        /// - Throws: ``ReplyError/missing(_:)`` if there is no full name.
        init(_ fields: ReplyFields) throws(ReplyError) {
            self.init(
                type: fields.text("type"), fullName: try fields.required("fullName"), fileName: fields.text("fileName"))
        }
    }

    let id: RetrieveID?
    let isDone: Bool
    let status: Status
    /// Whether the job succeeded; `nil` if the org did not send it, for example while the job runs.
    let isSuccess: Bool?
    /// The error code of a failed job, such as `LIMIT_EXCEEDED`; `nil` if the org did not send one.
    let errorStatusCode: String?
    /// The org's error text, unchanged; `nil` if the org did not send one.
    let errorMessage: String?
    /// The warnings, in the org's order.
    public let messages: [Message]
    /// The delivered files, from `fileProperties`.
    public let files: [File]
    /// The number of archive bytes passed to the sink; `nil` if the reply contained no archive, 0 if it contained an
    /// empty one.
    let archiveByteCount: Int?

    /// The size of the archive in bytes; 0 if there is none.
    package var archiveBytes: Int { archiveByteCount ?? 0 }

    /// What was not delivered according to the messages, except for files that were delivered nevertheless.
    public var undelivered: [PackageManifest.Undelivered] {
        messages.compactMap(\.undelivered).filter { item in
            !files.contains { file in
                switch item {
                case .member(let name, let type): file.type == type && file.fullName == name
                case .type(let type): file.type == type
                }
            }
        }
    }

    /// The components that the archive's files belong to.
    package var owners: FileOwners {
        var owners = FileOwners()
        for file in files {
            guard let type = file.type, let name = file.fileName else { continue }
            owners.add(name, of: ComponentID(type, file.fullName))
        }
        return owners
    }

    /// The error code of a job that exceeded the org's limit for files or bytes. A smaller retrieve can succeed.
    package static let limitExceeded = "LIMIT_EXCEEDED"

    /// Whether the job exceeded a limit.
    var isLimitExceeded: Bool { errorStatusCode == Self.limitExceeded }
}

extension ReplyReader where Reply == RetrieveID {
    /// Reads the reply to `retrieve`: the id of the job.
    public static func retrieve() -> ReplyReader {
        let content = RetrieveContent()
        return ReplyReader(content) {
            guard let id = RetrieveID(try content.fields.required("id")) else {
                throw ReplyError.unreadable(element: "id")
            }
            return id
        }
    }
}

private final class RetrieveContent: ReplyContent {
    let responseName = "retrieveResponse"
    private(set) var fields = ReplyFields()

    func end(_ path: String, text: String?) {
        if path.hasPrefix("result/") { fields.set(path.dropFirst("result/".count), text) }
    }
}

extension ReplyReader where Reply == RetrieveResult {
    /// The default limit for an archive in bytes, well above the 39 MB that an org returns at most.
    public static var archiveLimit: Int { 100 << 20 }

    /// Reads the reply to `checkRetrieveStatus`.
    ///
    /// - Parameters:
    ///   - archiveLimit: The largest size of the decoded archive in bytes.
    ///   - sink: Receives the decoded archive in pieces of at most 24 KiB, each valid only during the call. Until
    ///     ``ReplyReader/finish()`` has returned, the archive can be incomplete or invalid.
    public static func checkRetrieveStatus(
        archiveLimit: Int = archiveLimit, sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) -> ReplyReader {
        let content = StatusContent(archiveLimit: archiveLimit, sink: sink)
        return ReplyReader(content) { try content.result() }
    }

    /// Reads the reply to a `checkRetrieveStatus` call without the archive. A reply that contains archive data is
    /// rejected.
    public static func checkRetrieveStatus() -> ReplyReader {
        checkRetrieveStatus(archiveLimit: 0) { _ in }
    }
}

private final class StatusContent: ReplyContent {
    let responseName = "checkRetrieveStatusResponse"
    private static let fileElement = "result/fileProperties/"
    private static let messageElement = "result/messages/"
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var decoder: Base64StreamDecoder
    private var hasArchive = false
    private var fields = ReplyFields()
    private var record = ReplyFields()
    private var messages: [RetrieveResult.Message] = []
    private var files: [RetrieveResult.File] = []

    init(archiveLimit: Int, sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
        decoder = Base64StreamDecoder(limit: archiveLimit)
    }

    func begin(_ path: String, isNil: Bool) throws -> XMLTextBound {
        guard path == "result/zipFile", !isNil else { return .bounded }
        guard !hasArchive else { throw ReplyError.repeated("zipFile") }
        hasArchive = true
        return .streamed
    }

    func stream(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            try decoder.decode(bytes, into: sink)
        } catch let refusal as Base64Error {
            throw ReplyError.base64(refusal)
        }
    }

    func end(_ path: String, text: String?) throws {
        let count = messages.count + files.count
        guard count < replyRecordLimit else { throw ReplyError.tooManyRecords(limit: replyRecordLimit) }
        switch path {
        case "result/zipFile":
            do { try decoder.finish() } catch { throw ReplyError.base64(error) }
        case "result/messages":
            messages.append(
                RetrieveResult.Message(fileName: record.text("fileName"), problem: record.text("problem") ?? ""))
            record.reset()
        case "result/fileProperties":
            files.append(try RetrieveResult.File(record))
            record.reset()
        default:
            if path.hasPrefix(Self.fileElement) {
                let name = path.dropFirst(Self.fileElement.count)
                if RetrieveResult.File.elements.contains(String(name)) { record.set(name, text) }
                return
            }
            if path.hasPrefix(Self.messageElement) {
                return record.set(path.dropFirst(Self.messageElement.count), text)
            }
            if path.hasPrefix("result/") { fields.set(path.dropFirst("result/".count), text) }
        }
    }

    func result() throws -> RetrieveResult {
        guard let isDone = try fields.flag("done") else { throw ReplyError.missing("done") }
        guard let status = RetrieveResult.Status(rawValue: try fields.required("status")) else {
            throw ReplyError.unreadable(element: "status")
        }
        return RetrieveResult(
            id: fields.text("id").flatMap { RetrieveID($0) }, isDone: isDone, status: status,
            isSuccess: try fields.flag("success"), errorStatusCode: fields.text("errorStatusCode"),
            errorMessage: fields.text("errorMessage"), messages: messages, files: files,
            archiveByteCount: hasArchive ? decoder.byteCount : nil)
    }
}
