extension MetadataFolder {
    /// What to take over from an interrupted pull.
    public struct Resumed: Sendable {
        let content: InterruptedPull.Content
        /// Rows of the present list whose files are there.
        let components: [PulledComponent]
        /// Rows of profiles and permission sets, of which archives have files to merge.
        let settings: [PulledComponent]
        /// Families that are in archives, and whose settings there are outdated.
        let outdated: Set<ComponentID>
        let version: APIVersion
    }

    /// Prepares the folder for archives of jobs that the interrupted pull has started.
    package func continueInterrupted() throws {
        guard let interrupted else { return }
        archiveCount = try interrupted.content().lastArchive
        files.replacesOthers = true
        journal = PullJournal.Writer(goingOnIn: try staging.root.open(StagedFiles.reserved), write: write)
        isResumable = true
    }

    /// Uses nothing of the interrupted pull.
    package func dropInterrupted() { interrupted = nil }

    /// Reads the journal of the interrupted pull again, after archives were added to it.
    package func rereadInterrupted() {
        interrupted = PullJournal.read(in: staging.root).map { InterruptedPull($0, staging.root) }
    }

    /// Begins to record what this pull does, so that it can be resumed.
    ///
    /// - Parameters:
    ///   - listing: What the org lists, without files.
    ///   - apiVersion: The version of the retrieves.
    ///   - startedAt: The start of the pull, or of the interrupted one that it resumes.
    ///   - resumed: What to take over from ``interrupted``; everything else of it is removed.
    package func begin(
        _ listing: PullListing, apiVersion: String, startedAt: String, resuming resumed: Resumed? = nil
    ) throws {
        files = StagedFiles(root: staging.root, syncsFiles: files.syncsFiles, write: write)
        settings = SettingsLayers(root: staging.root, write: write)
        (filesByOwner, manifest, archiveCount) = ([:], nil, 0)
        let archives = try resumed.map(resume) ?? []
        try files.removeOthers()
        if resumed == nil { try settings.remove() }
        journal = try PullJournal.Writer(
            in: staging.root, .init(apiVersion: apiVersion, startedAt: startedAt, listing: listing), archives,
            write: write)
        isResumable = !archives.isEmpty
    }

    /// Records that the org works on a job.
    package func expect(_ job: RetrieveID, _ manifest: PackageManifest) throws {
        try journal?.add(PullJournal.Job(id: job, members: manifest.membersByName))
        isResumable = journal != nil
    }

    /// Records that a component could not be retrieved.
    package func note(_ row: PullSummary.LeftOutRow) throws { try journal?.add(row) }

    /// Records that the org refused a retrieve as too large.
    package func note(limit: Int) throws { try journal?.add(limit: limit) }

    /// Records that nothing is expected of a job any more.
    package func end(_ job: RetrieveID) throws { try journal?.end(job) }

    /// - Returns: What of the journal's archives is used.
    private func resume(_ resumed: Resumed) throws -> [PullJournal.Archive] {
        let names = Set(resumed.components.map { ComponentID($0.type, $0.fullName) })
        let settingNames = Set(resumed.settings.map { ComponentID($0.type, $0.fullName) })
        self.resumed = names.union(settingNames)
        archiveCount = resumed.content.lastArchive
        for name in names {
            for file in resumed.content.files[name] ?? [] {
                files.adopt(file.path, sha256: file.sha256, size: file.size)
                filesByOwner[name, default: []].append(file.path)
            }
        }
        for layer in resumed.content.layers where settingNames.contains(layer.owner) {
            settings.resume(layer.path, from: layer.archive, with: layer.families, outdated: resumed.outdated)
            filesByOwner[layer.owner, default: []].append(layer.path)
        }
        for component in resumed.components + resumed.settings { addToManifest(component, resumed.version) }
        return resumed.content.archives.map { archive in
            PullJournal.Archive(
                number: archive.number,
                members: archive.members.reduce(into: [:]) { members, entry in
                    members[entry.key] = entry.value.filter {
                        !resumed.outdated.contains(ComponentFamily(type: entry.key, member: $0).id)
                    }
                },
                files: archive.files.filter { $0.owner.map(names.contains) ?? false },
                settings: archive.settings.filter { $0.owner.map(settingNames.contains) ?? false })
        }
    }
}
