/// The manual's page of the reality check, made from the questions.
package enum RealityPage {
    /// Markdown.
    package static var text: String {
        let rows = RealityQuestion.allCases.map { question in
            "| `\(question.rawValue)` | \(question.asks) | \(question.signIns) | \(question.changes) |"
        }
        return """
            # Reality check

            Nobody who wrote aprity has an org. What it knows of Salesforce comes from documentation and from reports of others, and \
            where those are thin the embedded org has a switch. If you have an org (a free Developer Edition does), aprity can ask \
            it:

            ```sh
            aprity reality-check acme --list                  # what is asked, and what it costs
            aprity reality-check acme --out reality.json      # asks you before each question
            ```

            It signs in and reads; **nothing in the org is changed**. Some sign-ins fail on purpose, and all count in the \
            [budget](block.md). The connection has to work first: `aprity test acme`.

            The transcript names no user, no org, no host and no key. Its member `simulator` is a document for the embedded org's \
            `PATCH /state`: the simulator then answers as your org did. Send the file to the project, and it becomes a fixture.

            ## The questions, and what each answer would change

            | question | asks | sign-ins | would change |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            ## What is not asked

            What would need a change in the org or a second user: the words of a block, of an inactive or frozen user, of Login IP \
            Ranges and hours, of an uninstalled app, of a high assurance policy; whether an expired certificate is refused; how long \
            a change takes to spread (`aprity test acme --changed` learns that for your org). What would lock somebody out is not \
            asked either: the login rate.

            """
    }
}
