#include "cli/command.h"

const struct command *const commands[] = {&command_check_config, &command_migrate, &command_run,     &command_simulate,
                                          &command_import,       &command_verify,  &command_explain, &command_incidents,
                                          NULL};
