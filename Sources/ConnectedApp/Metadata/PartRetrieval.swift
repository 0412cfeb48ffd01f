internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension MetadataReader {
    /// The outcome of one retrieve.
    enum PartOutcome: Sendable {
        case archive(ArchiveFile, RetrieveResult)
        /// The org refused the job, or the job failed.
        case failed(code: String, message: String)
    }

    /// A retrieve on its way.
    struct RunningRetrieve: Sendable {
        let attempt: RetrieveSchedule.Attempt?
        let manifest: PackageManifest
        fileprivate(set) var retrieval = Retrieval()
        /// The latest job; `nil` if there is none yet.
        fileprivate(set) var job: RetrieveID?
        fileprivate var trouble = Trouble()

        init(_ attempt: RetrieveSchedule.Attempt) {
            self.attempt = attempt
            manifest = attempt.manifest
        }

        /// A job that an interrupted pull has started.
        init(_ job: InterruptedPull.Job) {
            attempt = nil
            manifest = job.manifest
            retrieval = Retrieval(of: job.id)
        }
    }

    /// Makes the calls that start a job and fetch its archive. ``Retrieval`` decides each step.
    ///
    /// Do not run it for several retrieves at the same time. If the process ends during such a call, the job is lost, because
    /// its id is not known yet, or because the org delivers an archive only once.
    ///
    /// - Returns: `nil` if the org works on the job.
    /// - Throws: ``ConnectedAppError`` if no answer of the org says how the job ended.
    func advance(
        _ running: inout RunningRetrieve, _ version: APIVersion, into folder: MetadataFolder, _ target: String,
        _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> PartOutcome? {
        let manifest = running.manifest
        var archive: (ArchiveFile, RetrieveResult?)?
        while true {
            switch running.retrieval.step {
            case .sendRetrieve:
                // The job of an interrupted pull is lost.
                guard running.attempt != nil else { return nil }
                let event = try await start {
                    try calls.add()
                    return try await api.soapAtHost(.retrieve(manifest), version: version, within: .answer) {
                        .retrieve()
                    }
                }
                try running.retrieval.apply(event)
                if case .accepted(let id) = event {
                    running.job = id
                    try Self.wrapping(target) { try folder.expect(id, manifest) }
                }
            case .poll: return nil
            case .fetchArchive(let id):
                progress(.receiving)
                // Recorded before the call is sent, because the org delivers an archive only once.
                try running.retrieval.apply(.deliveryBegan)
                let file = try ArchiveFile(beside: target)
                var delivered: RetrieveResult?
                try running.retrieval.apply(
                    try await event(&running.trouble) {
                        let result = try await fetch(id, version, into: file)
                        delivered = result
                        return Retrieval.Event(result, askedForArchive: true)
                    })
                archive = (file, delivered)
            case .awaitArchive:
                try running.retrieval.apply(.connectionLost)
            case .finished:
                guard let (file, delivered) = archive, let delivered else { throw ConnectedAppError(.internalError) }
                return .archive(file, delivered)
            case .failed(.refused(let code, let message)), .failed(.jobFailed(let code, let message)):
                return .failed(
                    code: OrgWords().clean(code, atMost: OrgWords.longestName), message: OrgWords().clean(message))
            case .failed(let failure): throw running.trouble.last ?? Self.error(failure)
            }
        }
    }

    /// Waits until the org does not work on the job any more.
    func polled(
        _ running: RunningRetrieve, _ version: APIVersion, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> RunningRetrieve {
        var running = running
        while case .poll(let id, let seconds) = running.retrieval.step {
            progress(.waiting(seconds: seconds))
            try await surroundings.sleep(.seconds(seconds))
            try running.retrieval.apply(
                try await event(&running.trouble) {
                    try calls.add()
                    let result = try await api.soapAtHost(
                        .checkRetrieveStatus(id, includeZip: false), version: version, within: Self.listing
                    ) { .checkRetrieveStatus() }
                    return Retrieval.Event(result, askedForArchive: false)
                })
        }
        return running
    }

    /// Fetches the archive of a finished retrieve and writes it to the file.
    private func fetch(_ id: RetrieveID, _ version: APIVersion, into file: ArchiveFile) async throws -> RetrieveResult {
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        do {
            try calls.add()
            return try await api.soapAtHost(
                .checkRetrieveStatus(id, includeZip: true), version: version, within: Self.archive
            ) { .checkRetrieveStatus { try spool.write($0) } }
        } catch let error as MetadataFolderError {
            throw Self.error(error, file.folder)
        }
    }

    /// Starts a job. A fault is the org's refusal of the job.
    private func start(_ call: () async throws -> RetrieveID) async throws -> Retrieval.Event {
        do { return .accepted(try await call()) } catch let error as OrgAPI.OrgTransportFailure {
            return try Self.event(error)
        } catch let error as ConnectedAppError {
            guard case .soapFault(let fault) = error.circumstance, error.cause.isAboutComponents else { throw error }
            return Retrieval.Event(fault)
        }
    }

    /// Failures of calls in the middle of a job, which goes on in the org.
    fileprivate struct Trouble: Sendable {
        private(set) var last: ConnectedAppError?
        private var count = 0
        private static let most = 5

        mutating func end() { (last, count) = (nil, 0) }

        /// - Throws: The failure if there were too many in a row.
        mutating func add(_ error: ConnectedAppError) throws(ConnectedAppError) {
            last = error
            count += 1
            if count > Self.most { throw error }
        }
    }

    /// Makes a call about a running job and returns its event. If no answer of the job came, because the connection was
    /// lost or something else answered, the job may go on. Every other failure is thrown.
    private func event(
        _ trouble: inout Trouble, _ call: () async throws -> Retrieval.Event
    ) async throws -> Retrieval.Event {
        do {
            let event = try await call()
            trouble.end()
            return event
        } catch let error as OrgAPI.OrgTransportFailure {
            let event = try Self.event(error)
            try trouble.add(ConnectedAppError(error.failure, host: error.host))
            return event
        } catch let error as ConnectedAppError
            where [.orgTransient, .orgUnavailable, .answerUnintelligible].contains(error.cause)
        {
            try trouble.add(error)
            return .connectionLost
        } catch let error as ConnectedAppError {
            guard case .soapFault(let fault) = error.circumstance else { throw error }
            // The archive was delivered before, to a call whose answer was lost.
            if fault.code == "INVALID_LOCATOR" { return .archiveMissing }
            throw error
        }
    }

    private static func event(_ error: OrgAPI.OrgTransportFailure) throws -> Retrieval.Event {
        switch error.failure.kind {
        case .connectionLost, .timedOut: return .connectionLost
        case .nameNotResolved, .connectionRefused, .proxyFailed, .serverNotTrusted, .tlsFailed, .bodyTooLarge,
            .answerMalformed, .clearTextRefused, .hostNotAllowed, .addressMalformed, .other:
            throw ConnectedAppError(error.failure, host: error.host)
        }
    }

    /// The error for a job that the org could not finish.
    static func error(code: String, message: String) -> ConnectedAppError {
        ConnectedAppError(.retrieveFailed, evidence: ["errorStatusCode": code, "errorMessage": message])
    }

    private static func error(_ failure: Retrieval.Failure) -> ConnectedAppError {
        switch failure {
        case .refused(let code, let message), .jobFailed(let code, let message): error(code: code, message: message)
        case .replyUnreadable(let reason): ConnectedAppError(.answerUnintelligible, evidence: ["soap": reason])
        case .tookTooLong(let seconds):
            ConnectedAppError(.retrieveTimedOut, evidence: ["waitedSeconds": String(seconds)])
        case .connectionLost: ConnectedAppError(.connectionLost, detail: failure.description)
        }
    }
}

extension Cause {
    /// Whether a fault with this cause can be due to single types or components. Other faults are about the user, the
    /// org or its limits.
    var isAboutComponents: Bool {
        self == .typeUnknown || self == .orgTransient || self == .metadataAccessMissing || self == .metadataFault
    }
}
