internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct MetadataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metadata", abstract: "Read the org's metadata: its types, its components, or all of it.",
        discussion: Help.text(examples: ["aprity metadata types acme", "aprity metadata pull acme --out acme-metadata"]
        ),
        subcommands: [Types.self, List.self, Pull.self, Changes.self, Status.self])

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
                """
                Components of installed managed packages are listed only with --managed. With --since, components \
                without a date, such as standard objects, are not listed.
                """,
                examples: [
                    "aprity metadata list acme", "aprity metadata list acme --types ApexClass,Flow --json",
                    "aprity metadata list acme --type Flow --since 2026-11-01",
                ]))

        @OptionGroup var target: TargetOptions
        @Option(name: [.long, .customLong("type")], help: ArgumentHelp("Only these types.", valueName: "a,b"))
        var types: String?
        @Option(
            help: ArgumentHelp("Only what was changed since then: a time in RFC 3339, or a day.", valueName: "time"))
        var since: String?
        @Flag(help: "Also list the components of installed managed packages.") var managed = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let progress = Progress(world.output, uptime: world.surroundings.uptime)
            let request = ListRequest(
                types: try types.map(TypeNames.parse), includesInstalled: managed, since: try since.map(Moment.parse))
            let view: MetadataListView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadata.components(
                    of: alias, request, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().metadataComponents(
                    of: connection, request, progress: progress.show)
            }
            progress.end()
            try world.output.show(view) {
                Columns.lines(
                    ["TYPE", "NAME", "FILE"], view.components.map { [$0.type ?? "-", $0.fullName, $0.fileName ?? "-"] })
            }
            view.notes.forEach(world.output.warn)
            return .done
        }
    }

    struct Changes: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List what has changed in the org since a pull, or since a time.",
            discussion: Help.text(
                """
                Nothing is retrieved or written. What was removed, and fields and other parts of components that were \
                removed, can be seen only by comparison with a pull.
                """,
                examples: [
                    "aprity metadata changes acme --out acme-metadata",
                    "aprity metadata changes acme --since 2026-11-01T00:00:00Z",
                ]))

        @OptionGroup var target: TargetOptions
        @Option(help: ArgumentHelp("The folder of a pull to compare with.", valueName: "dir")) var out: String?
        @Option(help: ArgumentHelp("A time in RFC 3339, or a day.", valueName: "time")) var since: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let base = try base()
            let progress = Progress(world.output, uptime: world.surroundings.uptime)
            let view: MetadataChangesView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadata.changes(
                    of: alias, since: base, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().metadataChanges(of: connection, since: base, progress: progress.show)
            }
            progress.end()
            try world.output.show(view) {
                PullText.changes(view.added, view.changed, view.removed, since: view.since, most: .max)
            }
            view.notes.forEach(world.output.warn)
            return .done
        }

        private func base() throws -> ChangeBase {
            switch (out, since) {
            case (let folder?, nil): return .folder(folder)
            case (nil, let text?): return .time(try Moment.parse(text))
            case (nil, nil), (_?, _?): throw ConnectedAppError(.usage, detail: "Give either --out or --since.")
            }
        }
    }

    struct Pull: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pull the org's metadata into a folder.",
            discussion: Help.text(
                """
                The folder is written completely or not at all. Only reading calls are made. A pull into the folder \
                of an earlier one retrieves only what has changed, and says what it was. An interrupted pull goes on \
                where it ended. Files that no pull wrote stay. Those that you changed are moved to aprity-kept-aside \
                if the pull needs their paths.

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
        @Option(help: ArgumentHelp("A new or empty folder, or that of an earlier pull.", valueName: "dir"))
        var out: String
        @Option(help: ArgumentHelp("Only these types.", valueName: "a,b")) var types: String?
        @Option(help: ArgumentHelp("A package.xml that names the components.", valueName: "file")) var package: String?
        @Flag(help: "Replace an earlier pull in this folder.") var replace = false
        @Flag(help: "Retrieve everything, also what has not changed since the earlier pull in this folder.")
        var full = false
        @Flag(help: "Forget an interrupted pull into this folder instead of resuming it.") var restart = false
        @Flag(help: "Also pull the components of installed managed packages.") var includeInstalled = false
        @Flag(help: "Exit with 1 if anything is left out.") var strict = false
        @Option(
            help: ArgumentHelp("How many retrieves may run at the same time, from 1 to 10.", valueName: "number"))
        var parallel = PullRequest.usualParallel
        @Option(
            name: .customLong("max-api-calls"),
            help: ArgumentHelp(
                "How many calls to the org's API the pull may make. It always leaves a twentieth of the org's daily requests.",
                valueName: "number"))
        var maxAPICalls: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (1...10).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 10.") }
            guard maxAPICalls.map({ $0 > 0 }) ?? true else {
                throw ValidationError("--max-api-calls must be at least 1.")
            }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            guard types == nil || package == nil else {
                throw ConnectedAppError(.usage, detail: "Give --types or --package, not both.")
            }
            try StandardOutput.rejectFolder(out, for: "--out")
            try InputFile.checkStandardInputIsOnce(target.files + [("--package", package)])
            let request = PullRequest(
                target: out, replace: replace, isFull: full, restarts: restart,
                types: try types.map(TypeNames.parse),
                package: try package.map { PackageFile(path: $0, content: try InputFile($0).read(atMost: 32 << 20)) },
                includesInstalled: includeInstalled, parallel: parallel, maxAPICalls: maxAPICalls)
            let progress = Progress(world.output, uptime: world.surroundings.uptime)
            let view: PullView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadata.pull(
                    of: alias, request, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().pullMetadata(of: connection, request, progress: progress.show)
            }
            progress.end()
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
