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

    /// Runs one retrieve, from the request to the archive. ``Retrieval`` decides each step.
    ///
    /// - Throws: ``ConnectedAppError`` if no answer of the org says how the job ended.
    func retrieve(
        _ manifest: PackageManifest, _ version: APIVersion, beside target: String,
        _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> PartOutcome {
        var retrieval = Retrieval()
        var file: ArchiveFile?
        var delivered: RetrieveResult?
        var trouble = Trouble()
        while true {
            switch retrieval.step {
            case .sendRetrieve:
                try retrieval.apply(
                    try await start {
                        calls.add()
                        return try await api.soapAtHost(.retrieve(manifest), version: version, within: .answer) {
                            .retrieve()
                        }
                    })
            case .poll(let id, let seconds):
                progress(.waiting(seconds: seconds))
                try await surroundings.sleep(.seconds(seconds))
                try retrieval.apply(
                    try await event(&trouble) {
                        calls.add()
                        let result = try await api.soapAtHost(
                            .checkRetrieveStatus(id, includeZip: false), version: version, within: Self.listing
                        ) { .checkRetrieveStatus() }
                        return Retrieval.Event(result, askedForArchive: false)
                    })
            case .fetchArchive(let id):
                progress(.receiving)
                // Recorded before the call is sent, because the org delivers an archive only once.
                try retrieval.apply(.deliveryBegan)
                let received = try ArchiveFile(beside: target)
                try retrieval.apply(
                    try await event(&trouble) {
                        let result = try await fetch(id, version, into: received)
                        delivered = result
                        return Retrieval.Event(result, askedForArchive: true)
                    })
                file = received
            case .awaitArchive:
                try retrieval.apply(.connectionLost)
            case .finished:
                guard let file, let delivered else { throw ConnectedAppError(.internalError) }
                return .archive(file, delivered)
            case .failed(.refused(let code, let message)), .failed(.jobFailed(let code, let message)):
                return .failed(
                    code: OrgWords().clean(code, atMost: OrgWords.longestName), message: OrgWords().clean(message))
            case .failed(let failure): throw trouble.last ?? Self.error(failure)
            }
        }
    }

    /// Fetches the archive of a finished retrieve and writes it to the file.
    private func fetch(_ id: RetrieveID, _ version: APIVersion, into file: ArchiveFile) async throws -> RetrieveResult {
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        do {
            calls.add()
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
    private struct Trouble {
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
            return try Self.event(error)
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
