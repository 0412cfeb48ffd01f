internal import FileSystem
internal import FoundationEssentials
internal import SystemPackage

/// What a running pull has done so far, stored as lines of JSON in its working folder. If the pull is interrupted, the next
/// one reads it and goes on.
///
/// A line is appended when what it describes is complete. If the process ends while it appends a line, that line cannot be
/// read and is ignored. Files are verified before they are used, because a power failure can lose the end of a file whose
/// line is there.
struct PullJournal {
    /// The first line. The property names of all lines are JSON names.
    struct Beginning: Codable {
        let apiVersion: String
        /// In RFC 3339.
        let startedAt: String
        /// Without files.
        let listing: PullListing
    }

    /// A retrieve that the org works on, or of which it has the archive.
    struct Job: Codable {
        let id: RetrieveID
        /// The members by type.
        let members: [String: [String]]
    }

    /// An archive that was unpacked.
    struct Archive: Codable {
        struct File: Codable {
            let path: String
            let sha256: String
            let size: Int
            let owner: ComponentID?
        }

        let number: Int
        /// The members by type, without what was not delivered.
        let members: [String: [String]]
        var files: [File]
        /// Profiles and permission sets, which are stored below the archive's number; see ``SettingsLayers``.
        let settings: [File]

        /// Whether the numbers are such as a pull writes. Somebody may have changed them.
        fileprivate var isPossible: Bool {
            (1...1_000_000).contains(number)
                && (files + settings).allSatisfy { (0...1 << 40).contains($0.size) }
        }
    }

    /// Some of the files of an archive. They count only after the line of the archive, which comes last.
    private struct Part: Codable {
        let number: Int
        let files: [Archive.File]
    }

    private struct Line: Codable {
        var beginning: Beginning?
        var part: Part?
        var job: Job?
        /// The job of which nothing is expected any more.
        var ended: RetrieveID?
        var archive: Archive?
        /// A component that could not be retrieved.
        var leftOut: PullSummary.LeftOutRow?
        /// The largest weight of a retrieve, in files, after the org has refused a larger one.
        var limit: Int?
    }

    static let name = FileName("journal")
    /// The largest journal that is read, in bytes.
    private static let sizeLimit = 256 << 20

    let beginning: Beginning
    private(set) var jobs: [Job] = []
    private(set) var archives: [Archive] = []
    private(set) var leftOut: [PullSummary.LeftOutRow] = []
    /// `nil` if the org has refused no retrieve as too large.
    private(set) var limit: Int?

    /// Reads the journal of a working folder.
    ///
    /// - Returns: `nil` if there is none, or its first line cannot be read.
    static func read(in folder: Directory) -> PullJournal? {
        let reserved = FileName(StagedFiles.reserved)
        // What cannot be read cannot be resumed. The pull then starts afresh.
        guard (try? folder.kind(of: reserved)) == .directory, let directory = try? folder.open(reserved),
            (try? directory.kind(of: name)) == .regularFile,
            let bytes = try? directory.read(name, atMost: sizeLimit)
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).lazy.map {
            // The last line can be incomplete.
            try? JSONDecoder().decode(Line.self, from: Data($0))
        }
        guard let beginning = lines.first??.beginning else { return nil }
        var journal = PullJournal(beginning: beginning)
        var parts: [Int: [Archive.File]] = [:]
        for line in lines.dropFirst() {
            if let part = line?.part { parts[part.number, default: []] += part.files }
            if let job = line?.job { journal.jobs.append(job) }
            if let ended = line?.ended { journal.jobs.removeAll { $0.id == ended } }
            if var archive = line?.archive {
                archive.files += parts.removeValue(forKey: archive.number) ?? []
                if archive.isPossible { journal.archives.append(archive) }
            }
            if let row = line?.leftOut { journal.leftOut.append(row) }
            if let limit = line?.limit, limit > 0 { journal.limit = limit }
        }
        return journal
    }

    private init(beginning: Beginning) { self.beginning = beginning }

    // MARK: Writing

    /// Appends lines to the journal of a working folder.
    struct Writer {
        private let directory: Directory
        private let write: FileWrite

        /// Goes on with a journal.
        init(goingOnIn directory: Directory, write: @escaping FileWrite) {
            (self.directory, self.write) = (directory, write)
        }

        /// Replaces the journal. After a crash, the old or the new one is there, if the file system can exchange names.
        init(
            in folder: Directory, _ beginning: Beginning, _ archives: [Archive], write: @escaping FileWrite
        ) throws {
            _ = try folder.makeDirectory(StagedFiles.reserved, mode: 0o700)
            directory = try folder.open(StagedFiles.reserved)
            self.write = write
            let new = "journal.new"
            try directory.remove(new)
            try append(Line(beginning: beginning), to: FileName(new))
            for archive in archives { try append(archive, to: FileName(new)) }
            let isThere = try directory.kind(of: PullJournal.name) != nil
            if isThere, try directory.exchange(new, with: PullJournal.name.text) {
                try directory.remove(new)
            } else {
                try directory.removeFile(PullJournal.name)
                try directory.move(FileName(new), to: directory, as: PullJournal.name)
            }
        }

        func add(_ job: Job) throws { try append(Line(job: job), to: PullJournal.name) }

        func end(_ job: RetrieveID) throws { try append(Line(ended: job), to: PullJournal.name) }

        func add(_ archive: Archive) throws { try append(archive, to: PullJournal.name) }

        func add(_ row: PullSummary.LeftOutRow) throws {
            try append(Line(leftOut: row), to: PullJournal.name)
        }

        func add(limit: Int) throws { try append(Line(limit: limit), to: PullJournal.name) }

        /// How many files a line has at most, so that the memory for encoding it is small.
        private static let mostFiles = 500

        private func append(_ archive: Archive, to name: FileName) throws {
            var (rest, last) = (archive.files[...], archive)
            while rest.count > Self.mostFiles {
                let part = Part(number: archive.number, files: Array(rest.prefix(Self.mostFiles)))
                try append(Line(part: part), to: name)
                rest = rest.dropFirst(Self.mostFiles)
            }
            last.files = Array(rest)
            try append(Line(archive: last), to: name)
        }

        private func append(_ line: Line, to name: FileName) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            let text = try encoder.encode(line)
            let file = try directory.file(
                name, .writeOnly, [.create, .append, .noFollow], permissions: .ownerReadWrite,
                shown: directory.path(of: name))
            let descriptor = file.descriptor
            try writeAll(Array(text) + [UInt8(ascii: "\n")], to: descriptor, path: directory.path(of: name), by: write)
        }
    }
}
