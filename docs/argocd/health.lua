-- Health of a ScalingTier for Argo CD. It uses no library of Lua's, so it runs without useOpenLibs.
local status = obj.status
if obj.metadata ~= nil and obj.metadata.deletionTimestamp ~= nil then
  local message = "deleting"
  if status ~= nil and status.message ~= nil then message = status.message end
  return { status = "Progressing", message = message }
end
if status == nil or status.observedGeneration == nil or status.observedGeneration < obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at this generation yet" }
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local stalled, reconciling = conditions.Stalled, conditions.Reconciling
local synced, upToDate, ready = conditions.Synced, conditions.UpToDate, conditions.Ready

if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if synced ~= nil and synced.status == "False" and synced.reason == "Paused" then
  return { status = "Suspended", message = synced.message }
end
if upToDate ~= nil and upToDate.status == "False" then
  if upToDate.reason == "AwaitingApproval" or upToDate.reason == "AwaitingWindow" then
    return { status = "Suspended", message = upToDate.message }
  end
end
if reconciling ~= nil and reconciling.status == "True" then
  return { status = "Progressing", message = reconciling.message }
end
if ready == nil then
  return { status = "Progressing", message = "not judged yet" }
end
if ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
if ready.reason == "Degraded" or ready.reason == "Unavailable" then
  return { status = "Degraded", message = ready.message }
end
return { status = "Progressing", message = ready.message }
