# 简体中文：商店和买家的页面。每条消息一句话；金额已写好。

## The shop
store-title = 商店
store-heading = 来自{ $village }的果园
store-families = { $count }户人家。
store-picked = 最近采摘于{ $day }。
store-escrow = 包裹到您手里，货款才到农户手里。
store-empty = 现在还没有商品。
store-empty-hint = 采摘季开始时再来看看。
store-add = 加入
store-left-weight = 还剩{ $amount }
store-left-pieces = 还剩{ $amount }件
store-grams = { $n }克
store-kilograms = { $n }公斤
store-from = { $day }起
store-over = 目前不售
store-sold-out = 已售完
store-basket-count = 篮子里有{ $count }件
store-family = { $name }家
store-family-unnamed = 村里的一户人家
store-freight = 运费
store-weight = 重量
store-grade = 等级
store-stock = 库存
store-season = 季节
store-expected = 预计产量
store-returns = 如果有问题
store-returns-live = 一天之内拍照告诉我们；货款会等着。
store-returns-fresh = 两天之内拍照告诉我们；货款会等着。
store-returns-craft = 确认收货之前拍照告诉我们；货款会等着。
store-returns-none = 交付后不退。
store-split = 您的钱去了哪里
store-split-lead = 在这里买一件，每一分的去向。订单完成后显示的也一样。
store-growers = 这是谁家的果子
store-growers-lead = { $count }户人家把果子交到这一池。其中交得最多的一家，最近一批采摘于{ $day }。
store-reviews = 买家怎么说
store-reviews-none = 还没有评价。只有买过的人才能评价。
store-reviews-count = { $count }条评价
store-stars = 五星中的{ $count }星
store-poster = 带二维码的海报
store-poster-hint = 可用任意大小的纸打印本页。二维码打开商品页，语言随读者。
store-scan = 扫码看看是谁家的，也可下单
store-to-shop = 去商店
store-family-title = 农户
store-family-lead = { $village }，海拔{ $altitude }米。
store-family-sells = 这家卖什么
store-family-pools = 装有这家果子的箱子
store-family-split = 一件{ $good }，连运费，分到每一分钱。
store-lots = 交来的批次
store-lots-lead = 当着见证人过秤，由别人分级。
store-lot = 批次
store-lot-day = 采摘
store-variety = 品种
store-cull = 等外
store-not-graded = 尚未分级

## Basket and order
basket-title = 篮子
basket-empty = 您的篮子是空的。
basket-less = 少一件
basket-more = 多一件
basket-goods = 商品
basket-freight = 运费
basket-too-many = { $count ->
    [0] 已售完
   *[other] 只剩{ $count }件
}
basket-who = 送到哪里？
basket-name = 姓名
basket-phone = 电话，给送货的人
basket-address = 地址
basket-how = 怎么付款？
basket-pay-online = 游戏币
basket-pay-online-hint = 这是示例村庄：不会真的付款，也不会真的发货。
basket-pay-transfer = 银行转账
basket-pay-transfer-hint = 商品为您保留两天。账号在下一页。
basket-pay-cash = 在村里服务点付现金
basket-pay-cash-hint = 商品为您保留两天。由别人在柜台替您付。
basket-escrow = 包裹到手、一切都好之前，您的钱由平台保管。
basket-pay = 下单
basket-closed = 请拿出不能买的商品，然后就可以下单。
basket-go-on = 再看看别的

## The demonstration's payment provider
pay-title = 游戏币
pay-lead = 这个付款方属于示例村庄。没有真的钱在流动。
pay-amount = 应付
pay-button = 用游戏币付款
pay-later = 先不付，回到订单

## Follow my parcel
follow-title = 您的订单
follow-next-placed = 商品为您保留到{ $due }。付款{ $total }后，村里就开始准备。
follow-next-paid = 您的钱已安全保管。村里会在{ $due }之前答复，否则退还给您。
follow-next-accepted = 村里收到订单，正在装箱。
follow-next-packed = 箱子已封好，等送货的人来取。
follow-next-shipped = 箱子在路上。
follow-next-delivered = 已经送到。一切都好吗？如果您不说，{ $due }会付款给村里。
follow-next-completed = 完成了。钱已到该去的地方；下面每一分都看得见。
follow-next-expired = 付款时间已过，没有收您的钱。迟到的付款会退还给您。
follow-next-refunded = 您的钱已全部退还。
follow-next-cancelled = 这个订单已取消。已付的钱已退还给您。
follow-pay = 付款
follow-confirm = 收到了，一切都好
follow-claim = 有问题
follow-review = 您觉得怎么样？
follow-stars = 星级
follow-words = 哪里好，哪里不好
follow-say = 发表评价
follow-way = 到哪里了
follow-parcel = 包裹
follow-inside = 里面是他们的劳动
follow-picked = 采摘于
follow-ordered = 您订了什么
follow-extend = 我还需要三天
follow-cancel = 取消订单
follow-cancel-hint = 不会发货，您的钱全部退还。
follow-cancel-yes = 是的，取消

## Something is wrong
claim-title = 有问题
claim-none = 没有可以投诉的了：货款已到该去的地方，或者已有投诉在处理。
claim-what = 是什么问题？
claim-reason-damaged = 碰伤、破损或受潮
claim-reason-spoiled = 腐烂或过期
claim-reason-short = 比买的少
claim-reason-different = 与描述不符
claim-reason-not-received = 一直没收到
claim-which = 哪一件？
claim-much = 有多少？
claim-share-quarter = 四分之一
claim-share-half = 一半
claim-share-most = 四分之三
claim-share-all = 全部
claim-photo = 一张照片
claim-photo-hint = 照片会缩小，并去掉地点和时间。除非没收到货，否则需要照片。
claim-send = 发送投诉
claim-back = 回到订单
claim-opened = 您要求退{ $asked }。村里两天内答复；货款会等着。
claim-offered = 您要求退{ $asked }；村里提出退{ $amount }。
claim-returning = 请把商品寄回；然后退给您{ $amount }。
claim-escalated = 您要求退{ $asked }。由县里和另一家农户组成的小组五天内决定。
claim-ruled = 您要求退{ $asked }；小组决定退{ $amount }。
claim-executed = 已处理：退还给您{ $amount }。
claim-withdrawn = 您已撤回。
claim-do-withdraw = 还是没问题
claim-do-agree = 我同意
claim-do-escalate = 请小组来决定
claim-do-appeal = 请另一个小组再看

## What buyers can say
said-good = 和期望的一样好
said-fresh = 新鲜
said-well-packed = 包装好
said-on-time = 准时
said-as-described = 与描述相符
said-bruised = 有些碰伤
said-not-ripe = 有些没熟
said-small = 比期望的小
said-late = 晚到

## What can go wrong
problem-price-changed = 您浏览时价格变了：现在是{ $now_minor }，不是{ $shown_minor }。
    .hint = 请看新价格再下单，或者不买。
    .hint = 请用页面自己的表单发送。
store-box-title = 箱子
store-box = 箱号 { $label }
store-box-lead = { $village }装箱。
store-box-whose = 是谁家的果子
store-box-none = 店员没有登记是谁家的果子。
store-box-fair = 价钱里有多少到了果园
store-box-fair-lead = 按果子的价钱算，不含运费。
store-box-orchard = 到果园
store-box-rest = 费用和包装
store-box-kilogram = 每公斤果园得
store-box-trader = 贩子{ $day }的收价
store-box-more = 每公斤比贩子多
