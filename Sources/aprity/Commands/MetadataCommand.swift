internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct MetadataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metadata", abstract: "Read the org's metadata: its types, its components, or all of it.",
        discussion: Help.text(examples: ["aprity metadata types acme", "aprity metadata pull acme --out acme-metadata"]
        ),
        subcommands: [Types.self, List.self, Pull.self])

    struct Types: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the org's metadata types.",
            discussion: Help.text(examples: ["aprity metadata types acme", "aprity metadata types acme --json"]))

        @OptionGroup var target: TargetOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view: MetadataTypesView
            switch try target.choice(world) {
            case .alias(let alias): view = try await world.service(store).metadata.types(of: alias, as: world.principal)
            case .storeless(let connection): view = try await world.storeless().metadataTypes(of: connection)
            }
            try world.output.show(view) {
                Columns.lines(
                    ["TYPE", "DIRECTORY", "SUFFIX"], view.types.map { [$0.name, $0.directory, $0.suffix ?? "-"] })
            }
            return .done
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the org's components.",
            discussion: Help.text(
                examples: ["aprity metadata list acme", "aprity metadata list acme --types ApexClass,Flow --json"]))

        @OptionGroup var target: TargetOptions
        @Option(help: ArgumentHelp("Only these types.", valueName: "a,b")) var types: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let progress = Progress(world.output)
            let wanted = try types.map(TypeNames.parse)
            let view: MetadataListView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadata.components(
                    of: alias, types: wanted, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().metadataComponents(
                    of: connection, types: wanted, progress: progress.show)
            }
            try world.output.show(view) {
                Columns.lines(
                    ["TYPE", "NAME", "FILE"], view.components.map { [$0.type ?? "-", $0.fullName, $0.fileName ?? "-"] })
            }
            view.notes.forEach(world.output.warn)
            return .done
        }
    }

    struct Pull: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pull the org's metadata into a folder.",
            discussion: Help.text(
                """
                The folder is written completely or not at all. Only reading calls are made. With --replace, files \
                that no pull wrote stay in the folder; if one is in the way, nothing changes.

                What the org cannot list or deliver is left out and named, with the reason; aprity-pull.json in the \
                folder has the whole list. The exit status is 1 if something is left out that the earlier pull in the \
                folder did not leave out for the same reason, or with --strict if anything is left out. The folder \
                stays unchanged and the exit status is 1 if the org delivers nothing, or if the folder has an earlier \
                pull and the org does not deliver everything that --package names.
                """,
                examples: [
                    "aprity metadata pull acme --out acme-metadata",
                    "aprity metadata pull acme --out acme-metadata \\\n  --types ApexClass,Flow --replace",
                ]))

        @OptionGroup var target: TargetOptions
        @Option(help: ArgumentHelp("The folder to create, or an empty one.", valueName: "dir")) var out: String
        @Option(help: ArgumentHelp("Only these types.", valueName: "a,b")) var types: String?
        @Option(help: ArgumentHelp("A package.xml that names the components.", valueName: "file")) var package: String?
        @Flag(help: "Replace an earlier pull in this folder.") var replace = false
        @Flag(help: "Retrieve everything, also what has not changed since the earlier pull in this folder.")
        var full = false
        @Flag(help: "Also pull the components of installed managed packages.") var includeInstalled = false
        @Flag(help: "Exit with 1 if anything is left out.") var strict = false
        @Option(
            help: ArgumentHelp("How many retrieves may run at the same time, from 1 to 10.", valueName: "number"))
        var parallel = PullRequest.usualParallel
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (1...10).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 10.") }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            guard types == nil || package == nil else {
                throw ConnectedAppError(.usage, detail: "Give --types or --package, not both.")
            }
            try StandardOutput.rejectFolder(out, for: "--out")
            try InputFile.checkStandardInputIsOnce(target.files + [("--package", package)])
            let request = PullRequest(
                target: out, replace: replace, isFull: full, types: try types.map(TypeNames.parse),
                package: try package.map { PackageFile(path: $0, content: try InputFile($0).read(atMost: 32 << 20)) },
                includesInstalled: includeInstalled, parallel: parallel)
            let progress = Progress(world.output)
            let view: PullView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadata.pull(
                    of: alias, request, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().pullMetadata(of: connection, request, progress: progress.show)
            }
            if view.folder == .kept {
                if world.output.json { try world.output.document(view) }
            } else {
                try world.output.show(view) {
                    [
                        "Pulled \(counted(view.files, "file")) of \(counted(view.types, "type")) into "
                            + "\(TerminalText.safe(view.path)) (API \(view.apiVersion), "
                            + "\(counted(view.retrieves, "retrieve")), \(view.elapsedSeconds) s)."
                    ] + PullText.changes(view)
                }
            }
            view.notes.forEach(world.output.warn)
            PullText.keptAside(view).forEach(world.output.warn)
            PullText.leftOut(view).forEach(world.output.say)
            if !view.refusedWildcards.isEmpty, !view.missing.isEmpty || view.folder != .kept {
                world.output.warn("The org does not accept * for \(view.refusedWildcards.joined(separator: ", ")).")
            }
            guard let failure = PullText.failure(view) else {
                return view.newlyLeftOut > 0 || strict && !view.leftOut.isEmpty ? .refused : .done
            }
            world.output.say("aprity: error: " + failure)
            world.output.say("aprity: hint: " + PullText.remedy(view))
            return .refused
        }

        private func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    }
}

/// Formats the failure of an incomplete pull as text.
enum PullText {
    /// The maximum number of missing components that the message names.
    private static let mostNamed = 20

    /// What differs from the former pull, one line each; of many, the first and the number of the others. Empty if there was
    /// none.
    static func changes(_ view: PullView) -> [String] {
        guard let since = view.since else { return [] }
        let parts = [(view.added, "added"), (view.changed, "changed"), (view.removed, "removed")]
        let count = parts.reduce(0) { $0 + $1.0.count }
        guard count > 0 else { return ["Nothing has changed since the pull of \(since)."] }
        let numbers = parts.filter { !$0.0.isEmpty }.map { "\($0.0.count) \($0.1)" }.joined(separator: ", ")
        let lines = parts.flatMap { changes, word in changes.map { line($0, word) } }
        let more = count > mostNamed ? ["  and \(count - mostNamed) more, in aprity-pull.json"] : []
        return ["Since the pull of \(since): \(numbers)."] + lines.prefix(mostNamed) + more
    }

    private static func line(_ change: PullView.Change, _ word: String) -> String {
        let who = [change.lastModifiedBy, change.lastModifiedDate].compactMap { $0 }.joined(separator: ", ")
        return "  \(word.padding(toLength: 8, withPad: " ", startingAt: 0)) \(change.type) "
            + shortened(change.fullName) + (who.isEmpty ? "" : "  (\(who))")
    }

    /// Files that were changed in the folder and whose paths now have the org's files.
    static func keptAside(_ view: PullView) -> [String] {
        guard !view.keptAside.isEmpty else { return [] }
        let names = view.keptAside.prefix(mostNamed).map { TerminalText.safe($0) }.joined(separator: ", ")
        let more = view.keptAside.count > mostNamed ? " and \(view.keptAside.count - mostNamed) more" : ""
        return ["Files that you changed were kept, and the org's files are in their places: \(names)\(more)."]
    }

    /// What was left out, one line each; of many, the first and the number of the others.
    static func leftOut(_ view: PullView) -> [String] {
        guard !view.leftOut.isEmpty else { return [] }
        let count = view.leftOut.count
        let types = view.leftOut.count { $0.fullName == nil }
        let parts =
            (types < count ? ["\(count - types) of \(view.listed) listed components"] : [])
            + (types > 0 ? ["\(types == 1 ? "1 type" : "\(types) types") that the org could not list"] : [])
        let news =
            view.newlyLeftOut == 0 ? "; nothing new" : view.newlyLeftOut < count ? "; \(view.newlyLeftOut) new" : ""
        let lines = view.leftOut.prefix(mostNamed).map { row in
            "  \(row.type)\(row.fullName.map { " " + shortened($0) } ?? "")  \(row.because)"
        }
        let more = count > mostNamed ? ["  and \(count - mostNamed) more, in aprity-pull.json"] : []
        return ["Left out: \(parts.joined(separator: ", and "))\(news):"] + lines + more
    }

    /// - Returns: `nil` if nothing is missing that the package names, and something was delivered.
    static func failure(_ view: PullView) -> String? {
        let folder =
            view.folder == .kept ? "Nothing was written to \(view.path)." : "Everything else is in \(view.path)."
        guard !view.missing.isEmpty else {
            return view.folder == .kept ? "The org delivered none of the requested components. " + folder : nil
        }
        let names = view.missing.prefix(mostNamed).map { missing in
            missing.name.map { "\(missing.type) \(shortened($0))" } ?? "the type \(missing.type)"
        }
        let more = view.missing.count > mostNamed ? " and \(view.missing.count - mostNamed) more" : ""
        return "The org did not deliver \(names.joined(separator: ", "))\(more). " + folder
    }

    private static func shortened(_ name: String) -> String { name.count > 100 ? String(name.prefix(100)) + "…" : name }

    /// Returns the remedy for ``failure(_:)``.
    static func remedy(_ view: PullView) -> String {
        if view.missing.isEmpty, !view.refusedWildcards.isEmpty {
            return
                "The org does not accept * for \(view.refusedWildcards.joined(separator: ", ")). Name the "
                + "components, and their folders; `aprity metadata list` shows what the org has."
        }
        let check = "Check the names, capitals included; `aprity metadata list` shows what the org has."
        return view.missing.isEmpty ? check : check + " Remove components that the org no longer has from the package."
    }
}

/// Parses the list of `--types`, such as `ApexClass,Flow`.
enum TypeNames {
    /// - Throws: ``ConnectedAppError`` with `.usage` if the list is empty.
    static func parse(_ text: String) throws -> Set<String> {
        let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        guard !names.isEmpty else {
            throw ConnectedAppError(
                .usage, detail: "Give at least one type, for example --types ApexClass,Flow.")
        }
        return Set(names)
    }
}

/// Prints the progress of a long operation to stderr.
struct Progress: Sendable {
    private let output: Output

    init(_ output: Output) { self.output = output }

    /// Prints one line.
    var show: @Sendable (PullProgress) -> Void {
        { [output] in output.say("aprity: \($0)") }
    }
}
