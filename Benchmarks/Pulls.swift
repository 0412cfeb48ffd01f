import Foundation
import OrgSimulator

extension Benchmarks {
    /// Measures `aprity metadata pull` without a store: the processor time and the memory of the process. The reference is
    /// `unzip` of an archive with the same files.
    static func pulls() async throws {
        let rounds = 3
        func prepare(_ source: URL) throws { try writeClasses(2_500, below: source) }
        try await withStorelessOrg(preparing: prepare) { org in
            // Each run has a folder of its own: ext4 searches long for a free inode after many files were deleted.
            func folder(_ name: String) -> String { org.home.appending(path: name).path() }
            func pull(_ round: Int) -> ProgramRun {
                ProgramRun(
                    ProgramRun.aprity, ["metadata", "pull", "--out", folder("pulled-\(round)")] + org.options,
                    home: org.home)
            }
            let memory = try await pull(0).peakMegabytes()
            let zip = folder("pulled.zip")
            _ = try await ProgramRun(
                "/usr/bin/python3",
                [
                    "-c", "import shutil, sys; shutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2])", zip,
                    folder("pulled-0"),
                ], home: org.home
            ).processorTime(1)
            var (reference, own) = (0.0, 0.0)
            for round in 1...rounds {
                let unzip = ProgramRun(
                    "/usr/bin/unzip", ["-q", zip, "-d", folder("unzipped-\(round)")], home: org.home)
                reference += try await unzip.processorTime(1)
                own += try await pull(round).processorTime(1)
            }
            let perMinute = (60 * Double(rounds) / own).formatted(.number.precision(.fractionLength(0)))
            let ratio = (own / reference).formatted(.number.precision(.fractionLength(2)))
            print(
                "pulls of 5,000 files without a store: \(perMinute) per minute of one core, at most \(memory) MB; the processor "
                    + "time is \(ratio) of that of unzip with the same files")
        }
    }

    /// Writes a source folder with Apex classes, of two files each.
    static func writeClasses(_ count: Int, below folder: URL) throws {
        let classes = folder.appending(path: "classes")
        try FileManager.default.createDirectory(at: classes, withIntermediateDirectories: true)
        let companion = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>66.0</apiVersion></ApexClass>
            """
        for number in 0..<count {
            let name = "Class\(number)"
            let lines = (0..<40).map { "    // \(name) line \($0)\n" }.joined()
            try Data("public class \(name) {\n\(lines)}\n".utf8).write(to: classes.appending(path: "\(name).cls"))
            try Data(companion.utf8).write(to: classes.appending(path: "\(name).cls-meta.xml"))
        }
    }
}
