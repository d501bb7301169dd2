#pragma once

#include <vector>

#include "base/result.hpp"
#include "vm/agent_client.hpp"
#include "vm/deadline.hpp"
#include "vm/guest.hpp"

namespace gantry::vm {

/// An Error unless the directories are there: QEMU would not start.
base::Result<void> check_shares(const std::vector<Share>& shares);

/// Mounts them at /mnt/NAME of the guest, where they are not mounted yet. Errors name the share,
/// and quote the guest.
base::Result<void> attach_shares(AgentClient& agent, const std::vector<Share>& shares,
                                 Deadline deadline);

/// Takes them away wherever the guest has mounted them, since QEMU saves no machine that has one.
/// One that is in use is waited for until the deadline.
base::Result<void> detach_shares(AgentClient& agent, const std::vector<Share>& shares,
                                 Deadline deadline);

}  // namespace gantry::vm
