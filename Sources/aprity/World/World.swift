internal import ConnectedApp
internal import ConnectedAppHTTP
internal import ConnectedAppSQLite
internal import Foundation
internal import Logging

/// The composition root. Only this type reads the environment, opens the store and creates the real network.
///
/// A world serves one command. It closes only the last store that it opened, so a command must open at most one. Call
/// ``close()`` at the end.
final class World: Sendable {
    let environment: [String: String]
    let output: Output
    /// Whether the command only shows data, and so can use a store that cannot be written.
    private let onlyReads: Bool
    let opened = Opened()
    let surroundings: Surroundings

    /// - Parameter logger: Logs failures that are tolerated; `nil` for a command that reports its own failures.
    init(environment: [String: String], output: Output, onlyReads: Bool = false, logger: Logger? = nil) {
        self.environment = environment
        self.output = output
        self.onlyReads = onlyReads
        var surroundings = Self.surroundings
        surroundings.troubles = Troubles(logger: logger ?? Logger(label: "aprity") { _ in SwiftLogNoOpLogHandler() })
        self.surroundings = surroundings
    }

    /// The resources to close at the end.
    actor Opened {
        var transports: NetworkTransports?
        var store: SQLiteStore?
        var lateStore: DeferredSQLiteStore?
        var gate: LeasedGate?
        var service: AppService?
        private(set) var auditKeyFile: SettingValue?
        private(set) var auditCheckpointFile: SettingValue?

        func transports(_ environment: [String: String]) -> NetworkTransports {
            if let transports { return transports }
            let made = NetworkTransports(
                proxy: ProxySettings.read(environment), system: SystemAuthorities(environment: environment))
            transports = made
            return made
        }

        func keep(_ store: SQLiteStore) { self.store = store }
        /// Closes the store that is open, so that another one can be opened.
        func closeStore() throws {
            try store?.close()
            store = nil
        }
        func keep(_ store: DeferredSQLiteStore) { lateStore = store }
        func keep(_ gate: LeasedGate, _ service: AppService, _ settings: Settings) {
            self.gate = gate
            self.service = service
            auditKeyFile = settings.auditKeyFile
            auditCheckpointFile = settings.auditCheckpointFile
        }

        /// The steps that can fail when a process ends.
        enum Step {
            case rotationAnswers, checkpoint, lease, store
        }

        /// Runs the steps in the order of ``World/close()``.
        ///
        /// - Parameter onTrouble: Called for each step that fails. The other steps still run.
        func close(onTrouble: (Step, any Error) -> Void) async {
            await service?.tokens.cancelSignIns()
            do { try await service?.rotations.saveAnswers(as: Principal(.schedule, name: "rotation")) } catch {
                onTrouble(.rotationAnswers, error)
            }
            do {
                for trouble in try await service?.audit.checkpoint() ?? [] { onTrouble(.checkpoint, trouble) }
            } catch { onTrouble(.checkpoint, error) }
            await transports?.close()
            do { try await gate?.release() } catch { onTrouble(.lease, error) }
            do { try store?.close() } catch { onTrouble(.store, error) }
            do { try lateStore?.close() } catch { onTrouble(.store, error) }
        }
    }

    /// Cancels pending sign-ins, saves the org's answers for rotations, signs a checkpoint if there are new audit
    /// records, releases the lease, and closes the store. Failures become warnings.
    func close() async {
        let auditFiles = [await opened.auditKeyFile, await opened.auditCheckpointFile]
        await opened.close { [self] step, error in
            let trouble =
                error as? ConnectedAppError
                ?? ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"])
            switch step {
            case .rotationAnswers:
                output.warn(
                    "The org's answers to a key could not be saved for the rotation: \(trouble.description) "
                        + trouble.remedy)
            case .checkpoint:
                output.warn(
                    "The audit checkpoint could not be exported: \(trouble.description) "
                        + Self.checkpointAdvice(trouble, auditFiles))
            // The lease expires anyway, and the store is consistent whenever the process ends.
            case .lease: surroundings.note(error, at: .watch)
            case .store: surroundings.note(error, at: .watch)
            }
        }
    }

    private static func checkpointAdvice(_ trouble: ConnectedAppError, _ files: [SettingValue?]) -> String {
        trouble.cause == .outputCannotBeCreated
            && files.contains { $0?.source == "default" && $0?.value == trouble.subject }
            ? "Set APRITY_AUDIT_KEY_FILE and APRITY_AUDIT_CHECKPOINT_FILE to files in a writable folder."
            : trouble.remedy
    }

    /// The folder of systemd's credentials; `nil` if there is none.
    var credentialsFolder: String? { environment["CREDENTIALS_DIRECTORY"] }

    /// The user who runs the command, for the audit record.
    var principal: Principal { Principal(.commandLine, name: UserEntry.currentName) }

    private static let start = ContinuousClock.now

    /// The clocks of a rehearsal, or the real ones.
    static let surroundings = (try? rehearsal.get())?.surroundings(real) ?? real

    /// The rehearsal that the environment requests. Its errors are reported by ``transports()``.
    static let rehearsal = Result { try Rehearsal.wanted(in: ProcessInfo.processInfo.environment) }

    /// The real clocks and the system's random generator.
    private static let real = Surroundings(
        now: { Date() }, uptime: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) },
        randomBytes: { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        })

    /// Returns the network. In a rehearsal, it reaches this machine only.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the rehearsal setting is malformed. A
    ///   malformed proxy setting is reported only when a request is sent.
    func transports() async throws -> any TransportSource {
        let rehearsal = try Self.rehearsal.get()
        let network = await opened.transports(environment)
        return rehearsal == nil ? network : LoopbackTransports(network) { Rehearsal.misuse($0) }
    }

    /// Returns the service for use without a store.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` in a rehearsal.
    func storeless() async throws -> Storeless {
        if try Self.rehearsal.get() != nil { throw Rehearsal.misuse("command line") }
        return Storeless(transports: try await transports(), surroundings: surroundings)
    }

    /// Opens the store of this home. A command that only shows data can also use a store that cannot be written.
    ///
    /// - Throws: The errors of ``open(_:for:)``.
    func service(_ options: StoreOptions, for purpose: Purpose = .use) async throws -> AppService {
        do { return try await open(options, for: purpose).service } catch let error as ConnectedAppError
            where onlyReads && [.storeUnwritable, .diskFull].contains(error.cause)
        {
            return try await readingService(options, for: purpose, error)
        }
    }

    /// The purpose for which the store is opened.
    enum Purpose {
        case use
        /// Reading the audit record, even if the records were rolled back.
        case auditing
        /// Blocking an app whose key was stolen and replacing that key, even if others can read the master key file.
        case compromise
    }

    /// Opens the store of this home and returns it with its service.
    ///
    /// - Throws: ``ConnectedAppError`` if other users can replace the home or the master key, the master key is missing
    ///   or wrong, or a setting is malformed; `.blockMayBeLost`; the errors of opening the store.
    func open(_ options: StoreOptions, for purpose: Purpose = .use) async throws -> (
        service: AppService, store: SQLiteStore
    ) {
        let settings = try Settings(options: options, environment: environment)
        try settings.checkPaths()
        let masterKeyFile =
            switch purpose {
            case .use, .auditing: settings.masterKeyFile
            case .compromise: masterKeyForBlocking(settings)
            }
        let storeIdentity = OpenedStoreCheck(storePath: settings.storePath, masterKey: masterKeyFile)
        let store = try SQLiteStore(path: settings.storePath, mayCreate: false, auditWriter: Self.auditWriter)
        await opened.keep(store)
        let ring = try masterKeyFile.read()
        try storeIdentity.check()
        return (try await service(on: store, settings, ring, storeIdentity, for: purpose), store)
    }

    /// Returns a service on a store that cannot be written, for a command that only shows data.
    ///
    /// - Parameter refusal: The error of opening the store for writing. It is shown as a warning.
    private func readingService(
        _ options: StoreOptions, for purpose: Purpose, _ refusal: ConnectedAppError
    ) async throws -> AppService {
        let settings = try Settings(options: options, environment: environment)
        let snapshot = try SQLiteSnapshot(path: settings.storePath, refusal: refusal)
        output.warn("\(refusal.description) The output shows the store's current content.")
        return try await service(
            on: snapshot, settings, try settings.masterKeyFile.read(), UncheckedStoreIdentity(), for: purpose)
    }

    private func service(
        on store: any RecordStore & AuditLog, _ settings: Settings, _ ring: MasterKeyRing,
        _ storeIdentity: any StoreIdentityCheck,
        for purpose: Purpose
    ) async throws -> AppService {
        let records = SealedRecords(store: store, ring: ring)
        // Reports a wrong master key now, not at the first signature.
        _ = try await records.read { _ in true }
        if let rehearsal = try Self.rehearsal.get() {
            try await rehearsal.check(records)
            output.warn("This is a rehearsal: the clock is \(Int(rehearsal.secondsAhead)) s ahead.")
        }
        let gate = gate(records, settings, ring, storeIdentity)
        let service = AppService(
            records: records, gate: gate, audit: store, keys: try settings.keyStores.makeKeyStores(ring, environment),
            transports: try await transports(), surroundings: surroundings, pullFolder: settings.pullFolder,
            trail: try await trail(store, settings)
        )
        await opened.keep(gate, service, settings)
        switch purpose {
        case .use, .compromise: try await service.checkRecords()
        case .auditing: break
        }
        return service
    }

    /// Rejects a rehearsal on a store that has a connection to a real org. A check that fails does not prevent a block.
    func rejectRehearsal(_ records: SealedRecords) async throws {
        // A malformed setting is reported by ``networkForBlocking()``.
        guard let rehearsal = try? Self.rehearsal.get() else { return }
        do { try await rehearsal.check(records) } catch let error as ConnectedAppError {
            guard error.cause != .configurationMalformed else { throw error }
        }
    }

    /// Warns if the settings of the proxy or the certificate authorities are malformed, for a process that needs the
    /// network only later.
    func warnOfNetwork() {
        for error in NetworkSettings(environment: environment).errors {
            output.warn("aprity cannot reach any org until this is corrected: \(error.description)")
        }
    }

    /// The block order file of a home.
    func orders(_ settings: Settings, _ ring: MasterKeyRing) -> BlockOrderFile {
        BlockOrderFile(
            path: settings.blockOrderPath, copyFolder: settings.blockOrderCopyFolder, ring: ring,
            surroundings: surroundings
        ) { [output] failure in
            output.warn(
                "The copy of the block order file cannot be used. Blocks hold without it. "
                    + failure.description)
        }
    }

    func gate(
        _ records: SealedRecords, _ settings: Settings, _ ring: MasterKeyRing, _ storeIdentity: any StoreIdentityCheck
    ) -> LeasedGate {
        LeasedGate(
            records: records,
            orders: orders(settings, ring),
            surroundings: surroundings,
            name: "\(ProcessInfo.processInfo.hostName) \(ProcessInfo.processInfo.processIdentifier)",
            storeIdentity: storeIdentity,
            exportedCheckpoint: { [output] history in
                let file = CheckpointFile(path: settings.auditCheckpointFile.value)
                do {
                    return try file.last(of: history, signedBy: AuditPublicKey(ofKeyFile: settings.auditKeyFile.value))
                } catch let error as ConnectedAppError where error.cause == .fileMissing { return nil } catch {
                    output.warn("The records could not be compared with the exported checkpoints: \(error)")
                    return nil
                }
            })
    }

    /// Identifies this process in its audit records: the user and the machine, and a random number.
    static let auditWriter = AuditWriter(
        name: UserEntry.currentName + "@" + ProcessInfo.processInfo.hostName, instance: surroundings.randomBytes(16).hex
    )

    func trail(_ store: any RecordStore, _ settings: Settings) async throws -> AuditTrail {
        try settings.checkPathForms()
        let days = settings.auditKeepDays.value
        guard days.isEmpty || (Int(days) ?? 0) > 0 else {
            throw ConnectedAppError(
                .configurationMalformed, subject: settings.auditKeepDays.source,
                detail: "The value must be a number of days, 1 or more."
            )
        }
        let url = settings.auditCheckpointWebhook
        let webhook =
            url.value.isEmpty
            ? nil : try AuditWebhook(url: url.value, source: url.source, transports: try await transports())
        return AuditTrail(
            store: store,
            keyFile: settings.auditKeyFile.value,
            exports: AuditExports(file: settings.auditCheckpointFile.value, webhook: webhook), retentionDays: Int(days),
            surroundings: surroundings)
    }

    /// Opens or creates the store file, for `aprity init`.
    ///
    /// - Throws: The errors of opening a ``SQLiteStore``.
    func store(at path: String) async throws -> SQLiteStore {
        let store = try SQLiteStore(path: path, mayCreate: true, auditWriter: Self.auditWriter)
        await opened.keep(store)
        return store
    }
}
