/// A command block of a guide that the tests do not run.
struct UnrunBlock: Sendable {
    enum Reason: Sendable {
        /// It builds the program or runs the tests.
        case buildsOrTests
        /// It builds for release, which takes as long as all tests together.
        case releaseBuild
        /// It is typed on another machine.
        case anotherMachine
        /// It builds an image, which needs a container runtime and the network.
        case containerImage
    }

    let page: String
    let firstLine: String
    let reason: Reason

    /// All excluded blocks. Every other command block of every guide is run.
    static let all = [
        UnrunBlock(
            page: "README.md",
            firstLine: "make demo    # connects the embedded org, step by step, and leaves the Settings page open",
            reason: .buildsOrTests),
        UnrunBlock(page: "docs/quick-start.md", firstLine: "make build", reason: .buildsOrTests),
        UnrunBlock(
            page: "docs/running-as-a-service.md", firstLine: packages, reason: .releaseBuild),
        UnrunBlock(
            page: "docs/running-as-a-service.md", firstLine: "ssh -L 7411:127.0.0.1:7411 admin@server",
            reason: .anotherMachine),
        UnrunBlock(
            page: "docs/guides/containers.md",
            firstLine: "docker build --tag registry.example/aprity:0.1.0 --file Examples/kubernetes/Containerfile .",
            reason: .containerImage),
        UnrunBlock(
            page: "docs/guides/containers.md", firstLine: "kubectl port-forward deployment/aprity 7411:7411",
            reason: .anotherMachine),
    ]

    /// The line that installs the packages that the build links with.
    static let packages =
        "sudo apt-get install libcurl4-openssl-dev libp11-kit-dev libsqlite3-dev libxml2-dev zlib1g-dev pkg-config"
}
