#include "app/certificate_subcommands.hpp"

#include <memory>
#include <string>

#include "app/commands.hpp"

namespace rackproof {
namespace {

constexpr const char* kStatus =
    "Exit status: that of the verdict, or of the contract if there is one: 0, 1 or 3; 2 where\n"
    "something is missing or not as it was signed. docs/certificate.md";
constexpr const char* kPolicyHelp =
    "A policy in place of the one in the run's own plan: a file (TOML), or the name of a shipped "
    "one";
constexpr const char* kBorneHelp = "Findings that somebody bears until a day (docs/repair.md)";

void add_accept(CLI::App& app, std::function<int()>& action) {
    CLI::App* accept =
        app.add_subcommand("accept", "Hold each rack of a run, as a whole, against a contract");
    auto arguments = std::make_shared<AcceptArguments>();
    accept->add_option("RUN.h5", arguments->run_file, "A run file")->required()->type_name("");
    accept
        ->add_option("--contract", arguments->contract,
                     "Limits, percentiles, allowed defects, retests, hours (docs/acceptance.md)")
        ->required()
        ->type_name("FILE");
    accept->add_option("--policy", arguments->policy, kPolicyHelp)->type_name("POLICY");
    accept->add_option("--waivers", arguments->waivers, kBorneHelp)->type_name("FILE");
    accept->add_option("--json", arguments->json, "Write the acceptance there; - for stdout")
        ->type_name("FILE");
    accept->footer(
        "Example:\n  rackproof accept rack12/run.h5 --contract contract.toml\n\n"
        "Exit status: 0 all racks are accepted; 1 one is refused; 3 of one nothing can be said;\n"
        "2 wrong usage or input. docs/acceptance.md");
    accept->callback(
        [arguments, &action] { action = [arguments] { return accept_command(*arguments); }; });
}

void add_keygen(CLI::App& app, std::function<int()>& action) {
    CLI::App* keygen =
        app.add_subcommand("keygen", "Make a key to sign certificates with: KEY and KEY.pub");
    auto arguments = std::make_shared<KeygenArguments>();
    keygen->add_option("KEY", arguments->key, "The file for the secret key; must be new")
        ->required()
        ->type_name("");
    keygen->footer("Example:\n  rackproof keygen acceptance.key\n\nExit status: 0 made; 2 not.");
    keygen->callback(
        [arguments, &action] { action = [arguments] { return keygen_command(*arguments); }; });
}

void add_sign(CLI::App& app, std::function<int()>& action) {
    CLI::App* sign =
        app.add_subcommand("sign", "Judge a run and sign what came out: an acceptance certificate");
    auto arguments = std::make_shared<SignArguments>();
    sign->add_option("RUN.h5", arguments->run_file, "A run file")->required()->type_name("");
    sign->add_option("--key", arguments->key, "The secret key, of 'rackproof keygen'")
        ->required()
        ->type_name("KEY");
    sign->add_option("--policy", arguments->policy, kPolicyHelp)->type_name("POLICY");
    sign->add_option("--waivers", arguments->waivers, kBorneHelp)->type_name("FILE");
    sign->add_option("--contract", arguments->contract,
                     "Sign too what each rack is by this contract (docs/acceptance.md)")
        ->type_name("FILE");
    sign->add_option("--output,-o", arguments->output, "The certificate (default: RUN.h5.cert)")
        ->type_name("FILE");
    sign->footer(std::string{"Example:\n  rackproof sign rack12/run.h5 --key acceptance.key\n\n"} +
                 kStatus);
    sign->callback(
        [arguments, &action] { action = [arguments] { return sign_command(*arguments); }; });
}

void add_verify(CLI::App& app, std::function<int()>& action) {
    CLI::App* verify = app.add_subcommand(
        "verify", "Check a certificate, the files that it is of, and judge them again");
    auto arguments = std::make_shared<VerifyArguments>();
    verify->add_option("CERTIFICATE", arguments->certificate, "As 'rackproof sign' wrote it")
        ->required()
        ->type_name("");
    verify->add_option("--key", arguments->key, "The public key of who must have signed it")
        ->required()
        ->type_name("KEY.pub");
    verify
        ->add_option("--run", arguments->run_file,
                     "The run file (default: that of its name beside the certificate)")
        ->type_name("RUN.h5");
    verify
        ->add_option("--policy", arguments->policy,
                     "The policy, if it was signed with one (default: likewise, or shipped)")
        ->type_name("POLICY");
    verify
        ->add_option("--waivers", arguments->waivers,
                     "The waivers, if it was signed with them (default: likewise)")
        ->type_name("FILE");
    verify
        ->add_option("--contract", arguments->contract,
                     "The contract, if it was signed with one (default: likewise)")
        ->type_name("FILE");
    verify->footer(
        std::string{
            "Example:\n  rackproof verify rack12/run.h5.cert --key acceptance.key.pub\n\n"} +
        kStatus);
    verify->callback(
        [arguments, &action] { action = [arguments] { return verify_command(*arguments); }; });
}

}  // namespace

void add_certificate_subcommands(CLI::App& app, std::function<int()>& action) {
    add_accept(app, action);
    add_keygen(app, action);
    add_sign(app, action);
    add_verify(app, action);
}

}  // namespace rackproof
