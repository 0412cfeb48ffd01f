internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// What to pull, and where to.
public struct PullRequest: Sendable {
    /// The folder that is to appear; an empty one may be there.
    public var target: String
    /// A former pull at the target is replaced. What no pull wrote stays.
    public var replace: Bool
    /// Only these types; `nil` for all.
    public var types: Set<String>?
    /// A `package.xml` to follow instead of listing what there is.
    public var manifestFile: [UInt8]?
    public var includesInstalled: Bool

    public init(
        target: String, replace: Bool = false, types: Set<String>? = nil, manifestFile: [UInt8]? = nil,
        includesInstalled: Bool = false
    ) {
        self.target = target
        self.replace = replace
        self.types = types
        self.manifestFile = manifestFile
        self.includesInstalled = includesInstalled
    }
}

extension MetadataReader {
    /// Pulls metadata into a folder, which appears complete or not at all. Where the org delivers nothing, the folder is
    /// kept as it was.
    package func pull(_ request: PullRequest, progress: @Sendable (PullProgress) -> Void) async throws -> PullView {
        let start = surroundings.now()
        // First, so that a target that cannot be written is reported before the org does any work.
        let folder = try Self.wrapping(request.target) {
            try MetadataFolder(
                target: request.target, replace: request.replace, suffix: surroundings.randomHex(bytes: 8))
        }
        var (version, manifest, notes) = try await manifest(for: request, progress)
        manifest.version = version
        var plan = RetrievePlan(manifest)
        var index = 0
        while index < plan.parts.count {
            let part = plan.parts[index]
            progress(.retrieving(part: index + 1, of: plan.parts.count, components: part.memberCount))
            switch try await retrieve(part, version, beside: request.target, progress) {
            case .tooLarge(let error):
                guard plan.halve(index) else { throw error }
            case .archive(let file, let messages):
                progress(.unpacking(part: index + 1, of: plan.parts.count))
                try Self.wrapping(request.target) { try folder.add(ZipArchive(fileDescriptor: file.descriptor)) }
                notes += messages.filter { request.manifestFile != nil || !Self.isOfNoInterest($0) }.map(\.problem)
                index += 1
            }
        }
        notes += plan.findings.map(\.description)
        try Task.checkCancellation()
        let elapsed = { (surroundings.now().timeIntervalSince(start) * 1000).rounded() / 1000 }
        guard folder.fileCount > 0 else {
            folder.discard()
            return PullView(
                folder: .kept, path: request.target, apiVersion: version.description, files: 0, bytes: 0, components: 0,
                types: 0, retrieves: plan.parts.count, consumerSecretsBlanked: 0, notes: notes,
                elapsedSeconds: elapsed())
        }
        let outcome = try Self.wrapping(request.target) { try folder.commit() }
        return PullView(
            folder: .init(outcome.change), path: request.target, apiVersion: version.description,
            files: outcome.fileCount, bytes: outcome.byteCount, components: outcome.manifest.memberCount,
            types: outcome.manifest.types.count, retrieves: plan.parts.count,
            consumerSecretsBlanked: outcome.blankedSecrets, notes: notes + outcome.leftovers.map(Self.note),
            elapsedSeconds: elapsed())
    }

    private static func note(_ leftover: FolderLeftover) -> String {
        let reason = leftover.error.map { " (\($0))" } ?? ""
        return """
            Some entries of yours are still in \(leftover.path): their places in the folder are taken or could not be \
            written\(reason). Move what you need by hand.
            """
    }

    private func manifest(
        for request: PullRequest, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> (APIVersion, PackageManifest, notes: [String]) {
        if let file = request.manifestFile {
            let granted = try await api.tokens.token()
            let highest = try await OrgAPI.highestVersion(at: granted.instance, transport: api.transport)
            let manifest: PackageManifest
            do { manifest = try PackageManifest(parsing: file) } catch {
                throw ConnectedAppError(.usage, subject: "package.xml", detail: error.description)
            }
            return (min(manifest.version, highest), manifest, [])
        }
        let options = Inventory.Options(types: request.types, includesInstalled: request.includesInstalled)
        let components = try await components(options, progress: progress)
        return (components.version, components.manifest, components.findings.map(\.description))
    }

    /// Standard value sets cannot be listed, so all known ones are asked for; that an org has not all of them is no news.
    private static func isOfNoInterest(_ message: RetrieveResult.Message) -> Bool {
        message.quoted?.type == StandardValueSetNames.type
    }

    private enum PartOutcome {
        case archive(ArchiveFile, messages: [RetrieveResult.Message])
        case tooLarge(ConnectedAppError)
    }

    /// Carries one retrieve through, as its state machine says.
    private func retrieve(
        _ manifest: PackageManifest, _ version: APIVersion, beside target: String,
        _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> PartOutcome {
        var retrieval = Retrieval()
        var file: ArchiveFile?
        var messages: [RetrieveResult.Message] = []
        while true {
            switch retrieval.step {
            case .sendRetrieve:
                try retrieval.apply(
                    try await event {
                        .accepted(
                            try await api.soap(.retrieve(manifest), version: version, within: .answer) { .retrieve() })
                    })
            case .poll(let id, let seconds):
                progress(.waiting(seconds: seconds))
                try await surroundings.sleep(.seconds(seconds))
                try retrieval.apply(
                    try await event {
                        let result = try await api.soap(
                            .checkRetrieveStatus(id, includeZip: false), version: version, within: Self.listing
                        ) { .checkRetrieveStatus() }
                        return Retrieval.Event(result, askedForArchive: false)
                    })
            case .fetchArchive(let id):
                progress(.receiving)
                // Recorded before the call leaves: it is answered once only.
                try retrieval.apply(.deliveryBegan)
                let received = try ArchiveFile(beside: target)
                try retrieval.apply(
                    try await event {
                        let result = try await fetch(id, version, into: received)
                        messages = result.messages
                        return Retrieval.Event(result, askedForArchive: true)
                    })
                file = received
            case .awaitArchive:
                try retrieval.apply(.connectionLost)
            case .finished:
                guard let file else { throw ConnectedAppError(.internalError) }
                return .archive(file, messages: messages)
            case .failed(let failure):
                let error = Self.error(failure)
                if failure.isLimitExceeded { return .tooLarge(error) }
                throw error
            }
        }
    }

    private func fetch(_ id: RetrieveID, _ version: APIVersion, into file: ArchiveFile) async throws -> RetrieveResult {
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        do {
            return try await api.soap(
                .checkRetrieveStatus(id, includeZip: true), version: version, within: Self.archive
            ) { .checkRetrieveStatus { try spool.take($0) } }
        } catch let error as MetadataFolderError {
            throw Self.error(error, file.path)
        }
    }

    /// What a call brought, as an event of the retrieve. The connection's loss is one; refusals of the org are errors.
    private func event(_ call: () async throws -> Retrieval.Event) async throws -> Retrieval.Event {
        do { return try await call() } catch let failure as TransportFailure {
            switch failure.kind {
            case .connectionLost, .timedOut: return .connectionLost
            case .nameNotResolved, .connectionRefused, .proxyFailed, .tlsFailed, .bodyTooLarge, .clearTextRefused,
                .other:
                throw ConnectedAppError(failure, host: try await api.tokens.token().instance)
            }
        }
    }

    private static func error(_ failure: Retrieval.Failure) -> ConnectedAppError {
        switch failure {
        case .refused(let code, let message), .jobFailed(let code, let message):
            ConnectedAppError(.retrieveFailed, evidence: ["errorStatusCode": code, "errorMessage": message])
        case .replyUnreadable(let reason): ConnectedAppError(.answerUnintelligible, evidence: ["soap": reason])
        case .tookTooLong(let seconds):
            ConnectedAppError(.retrieveTimedOut, evidence: ["waitedSeconds": String(seconds)])
        case .connectionLost: ConnectedAppError(.connectionLost, detail: failure.description)
        }
    }

    /// Runs a step on the target folder; what goes wrong with it becomes an error of ours.
    private static func wrapping<T>(_ target: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as MetadataFolderError {
            throw Self.error(error, target)
        } catch let refusal as ZipRefusal {
            throw ConnectedAppError(.archiveRefused, evidence: ["archive": refusal.description])
        }
    }

    private static func error(_ error: MetadataFolderError, _ path: String) -> ConnectedAppError {
        let cause: Cause =
            switch error {
            case .targetExists, .targetIsSymbolicLink, .targetIsNotFolder, .targetIsNotMetadata, .foreignEntries,
                .recordUnreadable:
                .outputExists
            case .targetName, .targetOfAnother, .targetInUse, .movedAside: .outputCannotBeCreated
            case .diskFull: .diskFull
            case .io(_, _, let number): number == EIO ? .inputOutput : .outputCannotBeCreated
            case .archiveWithoutManifest, .manifest, .differentContents, .fileAndDirectory, .fileTooLarge, .secretFile:
                .archiveRefused
            case .stagingLost: .inputOutput
            case .suffix, .ended: .internalError
            }
        var detail = error.description
        var evidence = ["path": path]
        if case .targetExists = error { detail += " A former pull is replaced with --replace." }
        if case .foreignEntries(_, let names) = error { evidence["entries"] = names.joined(separator: "\n") }
        return ConnectedAppError(cause, detail: detail, evidence: evidence)
    }
}
