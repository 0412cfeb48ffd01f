import Foundation

/// A program that runs in a process of its own.
struct ProgramRun {
    let path: String
    let arguments: [String]
    let home: URL

    /// The program `aprity`, which must be beside this one.
    static var aprity: String {
        URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent().appending(path: "aprity").path()
    }

    init(_ path: String, _ arguments: [String], home: URL) {
        self.path = path
        self.arguments = arguments
        self.home = home
    }

    /// Returns the processor seconds of as many runs, including the processes that they start.
    func processorTime(_ rounds: Int) async throws -> Double {
        let start = Self.seconds
        for _ in 0..<rounds { _ = try await run() }
        return Self.seconds - start
    }

    struct Times {
        var processor = 0.0
        var wall = 0.0

        static func += (left: inout Times, right: Times) {
            left.processor += right.processor
            left.wall += right.wall
        }
    }

    /// Returns the seconds of one run.
    func times() async throws -> Times {
        let (start, begun) = (Self.seconds, ContinuousClock.now)
        _ = try await run()
        return Times(processor: Self.seconds - start, wall: (ContinuousClock.now - begun) / .seconds(1))
    }

    /// Returns the resident memory of the program at its peak, in megabytes.
    ///
    /// A small process starts the program and measures it. The kernel counts the memory of the process that starts a
    /// program until the program has begun, and a benchmark is larger than what it measures.
    func peakMegabytes() async throws -> Int {
        let measure = """
            import resource, subprocess, sys
            subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 // 1000000)
            """
        let output = try await ProgramRun("/usr/bin/python3", ["-c", measure, path] + arguments, home: home).run()
        guard let megabytes = Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failed(path: path, status: 0, message: output)
        }
        return megabytes
    }

    /// - Returns: What the program wrote to its standard output, at most what a pipe holds.
    private func run() async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ["HOME": home.path(), "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        let messages = home.appending(path: "messages-\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: messages.path(), contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        defer { try? FileManager.default.removeItem(at: messages) }
        process.standardError = try FileHandle(forWritingTo: messages)
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        guard status == 0 else {
            let text = String(decoding: try Data(contentsOf: messages), as: UTF8.self)
            throw Failed(path: path, status: status, message: String(text.suffix(1_000)))
        }
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    private struct Failed: Error {
        let path: String
        let status: Int32
        /// The end of what the program wrote to its standard error.
        let message: String
    }

    /// The processor time of the processes that have ended, in seconds.
    private static var seconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }.reduce(0, +)
    }
}
