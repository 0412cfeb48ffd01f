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
        static let configuration = CommandConfiguration(
            abstract: "List the org's metadata types.",
            discussion: Help.text(examples: ["aprity metadata types acme", "aprity metadata types acme --json"]))

        @OptionGroup var target: TargetOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view: MetadataTypesView
            switch try target.choice(world) {
            case .alias(let alias): view = try await world.service(store).metadataTypes(of: alias, as: world.principal)
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
            let wanted = types.map(TypeNames.parse)
            let view: MetadataListView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).metadataComponents(
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
                The folder appears complete or not at all. Only reading calls are made. With --replace, files that no pull wrote \
                stay in the folder; if one is in the way, nothing is changed. If the org delivers nothing, \
                the folder stays as it was and the status is 1.
                """,
                examples: [
                    "aprity metadata pull acme --out acme-metadata",
                    "aprity metadata pull acme --out acme-metadata \\\n  --types ApexClass,Flow --replace",
                ]))

        @OptionGroup var target: TargetOptions
        @Option(help: ArgumentHelp("The folder to make, or an empty one.", valueName: "dir")) var out: String
        @Option(help: ArgumentHelp("Only these types.", valueName: "a,b")) var types: String?
        @Option(help: ArgumentHelp("A package.xml to follow.", valueName: "file")) var package: String?
        @Flag(help: "Replace a former pull at this place.") var replace = false
        @Flag(help: "Take the components of installed managed packages too.") var includeInstalled = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            guard types == nil || package == nil else {
                throw ConnectedAppError(.usage, detail: "Give --types or --package, not both.")
            }
            let request = PullRequest(
                target: out, replace: replace, types: types.map(TypeNames.parse),
                manifestFile: try package.map { try InputFile($0).read(atMost: 32 << 20) },
                includesInstalled: includeInstalled)
            let progress = Progress(world.output)
            let view: PullView
            switch try target.choice(world) {
            case .alias(let alias):
                view = try await world.service(store).pullMetadata(
                    of: alias, request, as: world.principal, progress: progress.show)
            case .storeless(let connection):
                view = try await world.storeless().pullMetadata(of: connection, request, progress: progress.show)
            }
            guard view.folder != .kept else { return try Self.deliveredNothing(view, world.output) }
            try world.output.show(view) {
                [
                    "Pulled \(view.files) files of \(view.types) types into \(TerminalText.safe(view.path)) "
                        + "(API \(view.apiVersion), \(view.retrieves) retrieve\(view.retrieves == 1 ? "" : "s"), \(view.elapsedSeconds) s)."
                ]
            }
            view.notes.forEach(world.output.warn)
            return .done
        }

        private static func deliveredNothing(_ view: PullView, _ output: Output) throws -> ExitStatus {
            if output.json { try output.document(view) }
            view.notes.forEach(output.warn)
            output.say("aprity: error: The org delivered nothing of what was asked for; \(view.path) is as it was.")
            output.say(
                "aprity: hint: Check the names, capitals included; `aprity metadata list` shows what the org has.")
            return .refused
        }
    }
}

/// `ApexClass,Flow` as it stands behind `--types`.
enum TypeNames {
    static func parse(_ text: String) -> Set<String> {
        Set(text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
    }
}

/// Says on stderr what a long reading is at.
struct Progress: Sendable {
    private let output: Output

    init(_ output: Output) { self.output = output }

    var show: @Sendable (PullProgress) -> Void {
        { [output] in output.say("aprity: \($0)") }
    }
}
